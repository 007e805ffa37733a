import Documents
import Glibc
import Logging
import MongoStore
import Pipeline
import Records
import Testing

/// The server that `MONGODB_URI` names. Without it the live tests are skipped, and say so.
enum LiveServer {
    static let uri = getenv("MONGODB_URI").map { String(cString: $0) }
    static var isThere: Bool { uri != nil }
    static let hint: Comment = "MONGODB_URI is not set: eval \"$(scripts/services env)\""
}

/// One test's own database, a deployment on it, and the reader that looks behind the store's back.
struct LiveStore: Sendable {
    let deployment: MongoDeployment
    let reader: MongoReader

    /// Runs `body` with a fresh database, which is dropped afterwards.
    static func with<Result: Sendable>(
        _ change: (inout MongoSettings) -> Void = { _ in },
        _ body: (LiveStore) async throws -> Result
    ) async throws -> Result {
        let name = "promo_test_\(String(UInt64.random(in: .min ... .max), radix: 36))"
        var settings = MongoSettings(uri: try #require(LiveServer.uri), database: name)
        change(&settings)
        let store = try await LiveStore(settings)
        do {
            let result = try await body(store)
            try await store.dropAndClose()
            return result
        } catch {
            try? await store.dropAndClose()
            throw error
        }
    }

    private init(_ settings: MongoSettings) async throws {
        var logger = Logger(label: "mongo-test")
        logger.logLevel = getenv("MONGO_TEST_LOG") == nil ? .critical : .debug
        deployment = try MongoDeployment(settings, logger: logger)
        try await deployment.connect()
        reader = deployment.makeReader()
    }

    /// A second deployment on the same database, as another gateway would be.
    func another(_ change: (inout MongoSettings) -> Void = { _ in }) throws -> MongoDeployment {
        var settings = deployment.settings
        change(&settings)
        var logger = Logger(label: "mongo-test-2")
        logger.logLevel = getenv("MONGO_TEST_LOG") == nil ? .critical : .debug
        return try MongoDeployment(settings, logger: logger)
    }

    private func dropAndClose() async throws {
        try await reader.command("dropDatabase") { $0.append("dropDatabase", int64: 1) }
        await reader.close()
        await deployment.close()
    }

    /// Runs `body` with a lane of its own.
    func withLane<Result: Sendable>(_ body: (MongoLane) async throws -> Result) async throws -> Result {
        let lane = deployment.makeLane(named: "test-lane")
        do {
            let result = try await body(lane)
            await lane.close()
            return result
        } catch {
            await lane.close()
            throw error
        }
    }

    // MARK: Looking

    func count(_ collection: String) async throws -> Int {
        try await reader.count(in: collection, filter: .document { _ in })
    }

    /// The integer `field` of the record, nil where there is none.
    func integer(_ field: StaticString, of id: ByteString, in collection: String) async throws -> Int64? {
        let found = try await reader.find(in: collection, filter: .document { $0.append("_id", string: id) })
        if found.isEmpty { return nil }
        return found.withDocument(0) { BSONElements($0).first(named: field)?.integer }
    }

    // MARK: Faults

    /// `failCommand` for these commands, so many times; `body` appends what it does.
    func fail(
        _ commands: [String], times: Int, _ body: @Sendable (inout BSONWriter) -> Void
    ) async throws {
        let application = "promo-gateway"
        try await reader.command("configureFailPoint", on: "admin") { command in
            command.append("configureFailPoint", string: "failCommand")
            command.append("mode", document: { $0.append("times", int64: Int64(times)) })
            command.append(
                "data",
                document: { data in
                    data.append("appName", string: application)
                    data.append(
                        "failCommands",
                        array: { array in
                            for (index, name) in commands.enumerated() {
                                BSONWriter.withIndexName(index) { key in
                                    var name = name
                                    name.withUTF8 { array.append(key, string: $0) }
                                }
                            }
                        })
                    body(&data)
                })
        }
    }

    func endFailing() async throws {
        try await reader.command("configureFailPoint", on: "admin") { command in
            command.append("configureFailPoint", string: "failCommand")
            command.append("mode", string: "off")
        }
    }
}

extension [UInt8] {
    static func document(_ body: (inout BSONWriter) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendDocument(body)
        return bytes
    }
}

// MARK: - Batches

extension StoreReads {
    init(ledger: [ByteString] = [], _ collection: String, _ ids: [ByteString]) {
        self.init()
        self.ledger = ledger
        records = [(collection, ids)]
    }
}

extension StoreSnapshot {
    /// The integer `field` of each record found in the first collection, by `_id`.
    func integers(_ field: StaticString) -> [ByteString: Int64] {
        var values: [ByteString: Int64] = [:]
        for index in 0..<records[0].count {
            records[0].withDocument(index) { document in
                let elements = BSONElements(document)
                guard let id = elements.first(named: "_id")?.byteString else { return }
                values[id] = elements.first(named: field)?.integer
            }
        }
        return values
    }
}

extension StoreWrites {
    init(_ collections: CollectionWrites...) {
        self.init()
        self.collections = collections
    }
}

extension CollectionWrites {
    mutating func insert(_ id: ByteString, _ body: (inout BSONWriter) -> Void = { _ in }) {
        inserts.appendDocument { document in
            document.append("_id", string: id)
            body(&document)
        }
    }

    mutating func set(_ id: ByteString, _ body: (inout BSONWriter) -> Void) {
        updateIDs.append(id)
        updates.appendDocument { $0.append("$set", document: body) }
    }

    /// A ledger row as the pipeline writes it, as far as the store is concerned.
    static func ledger(_ id: ByteString) -> CollectionWrites {
        var writes = CollectionWrites(collection: "gateway.ledger")
        writes.insert(id) { $0.append("at", date: 1_700_000_000_000_000) }
        return writes
    }
}
