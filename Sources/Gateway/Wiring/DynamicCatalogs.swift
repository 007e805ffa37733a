internal import Documents
internal import Logging
internal import MongoStore
internal import Pipeline
internal import Records
internal import Schemas
internal import ServiceLifecycle

/// Keeps the dynamic catalogs in step with the collection `dynamicField`, which the console of Promo writes.
///
/// Reads the collection every second, and at once when a message names a catalog that nobody knows: it is small, and what
/// it holds is in force on every instance whatever happened to a change stream in between.
actor DynamicCatalogs {
    static let collection = "dynamicField"

    private let mongo: MongoDeployment
    private let catalogs: CatalogTable
    private let logger: Logger
    private var reader: MongoReader?
    private var known: [UInt8]?
    private var isClosed = false

    init(mongo: MongoDeployment, catalogs: CatalogTable, logger: Logger) {
        self.mongo = mongo
        self.catalogs = catalogs
        self.logger = logger
    }

    /// Whether the collection has been read at least once.
    var hasRead: Bool { known != nil }

    /// Returns true once the collection has been read for the first time: before that, a message for a dynamic catalog
    /// would be taken for one that nobody knows. False when the gateway ends before, or the task is cancelled.
    func firstRead() async -> Bool {
        while !hasRead && !isClosed {
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        return hasRead
    }

    /// Reads the collection now. What is known stays while the store is away.
    @discardableResult
    func refresh() async -> CatalogRefresh {
        guard !isClosed else { return .ended }
        guard mongo.guarantee != nil else { return .unavailable }
        let reader = self.reader ?? mongo.makeReader()
        self.reader = reader
        guard let found = try? await reader.find(in: Self.collection, filter: .emptyDocument, ofMajority: true) else {
            return isClosed ? .ended : .unavailable
        }
        guard found.bytes != known else { return .unchanged }
        let isFirst = known == nil
        known = found.bytes
        if !isFirst || !found.isEmpty { take(found) }
        return .changed
    }

    func close() async {
        isClosed = true
        await reader?.close()
    }

    private func take(_ documents: BSONSequence) {
        let fields = (0..<documents.count).compactMap { documents.withDocument($0) { DynamicField(bson: $0) } }
        let errors = catalogs.replace(dynamicFields: fields)
        for error in errors { logger.error("dynamicField: \(error)") }
        logger.notice(
            "dynamic catalogs read", metadata: ["count": "\(fields.count)", "refused": "\(errors.count)"])
    }
}

/// Reads the dynamic fields again and again while the gateway runs.
struct DynamicFieldService: Service {
    let dynamic: DynamicCatalogs

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Quickly until the store is there, since the routes wait for the first read.
                while !Task.isCancelled {
                    await dynamic.refresh()
                    try? await Task.sleep(for: await dynamic.hasRead ? .seconds(1) : .milliseconds(20))
                }
            }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
        await dynamic.close()
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
