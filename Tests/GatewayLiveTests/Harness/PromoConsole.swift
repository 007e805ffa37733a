import Ingest
import Contracts
import Logging
import MongoStore
import BSON

/// Does in a test's database what the console of Promo does there, and reads dead letters as it shows them.
struct PromoConsole: Sendable {
    private let deployment: MongoDeployment
    let reader: MongoReader

    /// Runs `body` on the database of a route.
    static func with<Result>(_ route: LiveRoute, _ body: (PromoConsole) async throws -> Result) async throws -> Result {
        let deployment = try MongoDeployment(
            MongoSettings(uri: route.servers.storeURI, database: route.settings["MONGODB_DATABASE"]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let console = PromoConsole(deployment: deployment, reader: deployment.makeReader())
        do {
            try await deployment.connect()
            let result = try await body(console)
            await console.close()
            return result
        } catch {
            await console.close()
            throw error
        }
    }

    /// Makes a dynamic field; `definition` as JSON text.
    func makeDynamicField(_ code: String, definition: String? = nil) async throws {
        try await reader.command("insert") { command in
            command.append("insert", string: "dynamicField")
            command.append(
                "documents",
                array: { documents in
                    documents.append(
                        BSONWriter.bytes(of: "0"),
                        document: { field in
                            field.append("code", string: code)
                            field.append("name", string: "The field \(code)")
                            if let definition { field.append("definition", string: definition) }
                        })
                })
        }
    }

    /// Puts a document there; `body` appends its fields.
    func insert(into collection: String, _ body: @Sendable (inout BSONWriter) -> Void) async throws {
        try await reader.command("insert") { command in
            command.append("insert", string: collection)
            command.append(
                "documents", array: { documents in documents.append(BSONWriter.bytes(of: "0"), document: body) })
        }
    }

    /// Code, expected and found of each reason of each dead letter.
    func reasons() async throws -> Set<String> {
        let letters = try await reader.deadLetters(DeadLetterQuery(), limit: 100)
        var all: Set<String> = []
        for number in 0..<letters.count {
            letters.withDocument(number) { letter in
                let reasons = BSONElements(letter).first(named: "reasons")?.elements.map(Array.init) ?? []
                for reason in reasons.compactMap(\.elements) {
                    let words = ["code", "expected", "found"] as [StaticString]
                    all.insert(words.map { reason.first(named: $0)?.text ?? "-" }.joined(separator: " "))
                }
            }
        }
        return all
    }

    /// `_id` of the records in a collection.
    func records(in collection: String) async throws -> [String] {
        let found = try await reader.find(in: collection, filter: Self.everything)
        return (0..<found.count).compactMap { number in
            found.withDocument(number) { BSONElements($0).first(named: "_id")?.text }
        }
    }

    /// The collections that are not the gateway's own.
    func collections() async throws -> Set<String> {
        let reply = try await reader.command("listCollections") { $0.append("listCollections", int64: 1) }
        return reply.withUnsafeBytes { reply in
            let batch = BSONElements(reply).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            let names = batch?.compactMap { $0.elements?.first(named: "name")?.text } ?? []
            return Set(names.filter { !$0.hasPrefix("gateway.") })
        }
    }

    private static let everything: [UInt8] = {
        var filter: [UInt8] = []
        filter.appendDocument { _ in }
        return filter
    }()

    private func close() async {
        await reader.close()
        await deployment.close()
    }
}
