internal import Documents
internal import Logging
internal import MongoStore
internal import Pipeline
internal import Records
internal import Schemas
internal import ServiceLifecycle

/// Keeps the dynamic catalogs in step with the collection `dynamicField`, which the console of Promo writes.
///
/// Reads the collection every second: it is small, and what it holds is in force a second later on every instance,
/// whatever happened to a change stream in between.
struct DynamicFieldService: Service {
    static let collection = "dynamicField"
    private static let interval = Duration.seconds(1)

    let mongo: MongoDeployment
    let catalogs: CatalogTable
    let logger: Logger

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await follow() }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
    }

    private func follow() async {
        let reader = mongo.makeReader()
        var known: [UInt8]?
        while !Task.isCancelled {
            if mongo.guarantee != nil,
                let found = try? await reader.find(in: Self.collection, filter: [UInt8].emptyDocument),
                found.bytes != known
            {
                // The first look at an empty collection changes nothing and is not told.
                if known != nil || !found.isEmpty { take(found) }
                known = found.bytes
            }
            try? await Task.sleep(for: Self.interval)
        }
        await reader.close()
    }

    private func take(_ documents: BSONSequence) {
        let fields = (0..<documents.count).compactMap { documents.withDocument($0) { DynamicField(bson: $0) } }
        let errors = catalogs.replace(dynamicFields: fields)
        for error in errors { logger.error("dynamicField: \(error)") }
        logger.notice(
            "dynamic catalogs read", metadata: ["count": "\(fields.count)", "refused": "\(errors.count)"])
    }
}

extension DynamicField {
    /// A document of the console: `code`, optionally `name` or `title`, and `definition` as a document or as JSON text.
    init?(bson document: UnsafeRawBufferPointer) {
        let elements = BSONElements(document)
        guard let code = elements.first(named: "code")?.text else { return nil }
        let title = elements.first(named: "title")?.text ?? elements.first(named: "name")?.text
        var file: DefinitionFile?
        if let definition = elements.first(named: "definition"), definition.type != .null {
            var text: [UInt8] = []
            if let string = definition.text {
                text = Array(string.utf8)
            } else {
                BSONText.append(definition, to: &text)
            }
            file = DefinitionFile(name: "dynamicField \(code)", bytes: text)
        }
        self.init(code: code, title: title, definition: file)
    }
}

extension [UInt8] {
    /// A BSON document without members.
    static var emptyDocument: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendDocument { _ in }
        return bytes
    }
}
