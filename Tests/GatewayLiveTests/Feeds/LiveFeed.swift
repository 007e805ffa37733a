import BSON
import Contracts
import Foundation
import Ingest
import JSON
import Logging
import MongoStore
import RabbitMQ
import Synchronization
import Testing

/// One test's own way from a collection to a queue: writes documents, runs feeds in this process, and looks at both ends.
struct LiveFeed: Sendable {
    let servers: LiveServers
    let queue: String
    let database: String
    let topology: Topology
    let reader: MongoReader
    private let eyes: MongoDeployment
    let collection = "limitStatus"

    /// Runs `body` with a fresh database and, by default, a queue. Both are gone afterwards.
    static func with(
        queue arguments: [MessageProperties.Header]? = [], _ body: (LiveFeed) async throws -> Void
    ) async throws {
        let feed = try await LiveFeed()
        if let arguments { try await feed.topology.declareQueue(feed.queue, arguments: arguments) }
        do { try await body(feed) } catch { Issue.record(error) }
        _ = try? await feed.topology.deleteQueue(feed.queue)
        _ = try? await feed.reader.command("dropDatabase") { $0.append("dropDatabase", int64: 1) }
        await feed.reader.close()
        await feed.eyes.close()
    }

    private init() async throws {
        servers = try LiveServers.current()
        queue = "feed-" + String(UInt64.random(in: .min ... .max), radix: 36)
        database = queue
        topology = Topology(address: try BrokerAddress(uri: servers.brokerURI))
        eyes = try Self.deployment(servers, database)
        try await eyes.connect()
        reader = eyes.makeReader()
    }

    /// `options`: more of the store's URI.
    static func deployment(
        _ servers: LiveServers, _ database: String, options: String = ""
    ) throws -> MongoDeployment {
        try MongoDeployment(MongoSettings(uri: servers.storeURI + options, database: database), logger: logger)
    }

    static let logger: Logger = {
        guard ProcessInfo.processInfo.environment["TEST_LOG"] != nil else {
            return Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        }
        return Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
    }()

    // MARK: Documents

    /// Writes documents `0..<count`, all of the same second, unless `lastUpdate` says otherwise.
    func insert(
        _ numbers: Range<Int>, lastUpdate: (Int) -> Int64 = { 1_614_427_650_000 + Int64($0) },
        more: @Sendable (Int, inout BSONWriter) -> Void = { _, _ in }
    ) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 1000) {
            var documents = BSONSequence()
            for number in start..<min(start + 1000, numbers.upperBound) {
                documents.appendDocument { document in
                    document.append("_id", string: "d\(number)")
                    document.append("number", int64: Int64(number))
                    document.append("version", int64: 1)
                    document.append("lastUpdate", date: lastUpdate(number))
                    more(number, &document)
                }
            }
            try await insert(documents)
        }
    }

    func insert(_ documents: BSONSequence) async throws {
        let collection = collection
        try await command("insert") { command in
            command.append("insert", string: collection)
            command.append(
                "documents",
                array: { array in
                    for index in 0..<documents.count {
                        documents.withDocument(index) { document in
                            BSONWriter.withIndexName(index) { array.append($0, type: 3, value: document) }
                        }
                    }
                })
        }
    }

    /// Changes one document: `$set` of what `body` appends.
    func update(_ number: Int, _ body: @Sendable (inout BSONWriter) -> Void) async throws {
        try await set(in: collection, "d\(number)", body)
    }

    /// Gives an order, as the command line does.
    func order(_ name: String, _ body: @Sendable (inout BSONWriter) -> Void) async throws {
        try await set(in: StoreCollections.feeds, name, body)
    }

    private func set(in collection: String, _ id: String, _ body: @Sendable (inout BSONWriter) -> Void) async throws {
        try await command("update") { command in
            command.append("update", string: collection)
            command.append(
                "updates",
                array: { updates in
                    updates.append(
                        "0",
                        document: { update in
                            update.append("q", document: { $0.append("_id", string: id) })
                            update.append("u", document: { $0.append("$set", document: body) })
                        })
                })
        }
    }

    private func command(_ name: String, _ body: @Sendable (inout BSONWriter) -> Void) async throws {
        let reply = try await reader.command(name, body)
        let hasErrors = reply.withUnsafeBytes { BSONElements($0).first(named: "writeErrors") != nil }
        try #require(!hasErrors, "\(reply.withUnsafeBytes { BSONText.text(document: $0) })")
    }

    // MARK: The store

    func row(_ name: String) async throws -> FeedRow {
        let found = try await reader.find(
            in: StoreCollections.feeds, filter: .one { $0.append("_id", string: name) })
        guard found.count == 1 else { throw Patience.Lost(description: "\(found.count) rows of '\(name)'") }
        return found.withDocument(0) { FeedRow(bson: $0) }
    }

    /// What operators did, sorted.
    func auditActions() async throws -> [String] {
        let found = try await reader.find(in: StoreCollections.audit, filter: .document { _ in })
        return (0..<found.count).compactMap { index in
            found.withDocument(index) { BSONElements($0).first(named: "action")?.text }
        }.sorted()
    }

    func postingRows() async throws -> [PostingRow] {
        let found = try await reader.find(in: StoreCollections.postings, filter: .one { _ in })
        return (0..<found.count).compactMap { found.withDocument($0) { PostingRow(bson: $0) } }
    }

    func count(_ filter: (inout BSONWriter) -> Void = { _ in }) async throws -> Int {
        try await reader.count(in: collection, filter: .one(filter))
    }

    // MARK: The queue

    /// One message as it came from the queue.
    struct Received: Sendable {
        let id: String
        let body: String
        let type: String?

        /// Of the document, as ``LiveFeed/insert(_:lastUpdate:more:)`` writes it.
        var number: Int { field("number") }
        var version: Int { field("version") }

        private func field(_ name: String) -> Int {
            guard let at = body.range(of: "\"\(name)\":") else { return -1 }
            return Int(body[at.upperBound...].prefix { $0.isNumber }) ?? -1
        }
    }

    /// Takes all messages that are in the queue now, in order.
    func receive() async throws -> [Received] {
        let total = try await topology.queue(queue).messageCount
        let source = ConsumerConnection(
            address: topology.address, queue: queue, prefetch: 5000, logger: Self.logger)
        let limit = Task {
            try await Task.sleep(for: .seconds(60))
            await source.close()
        }
        var received: [Received] = []
        if total > 0 {
            for await event in source.events {
                guard case .deliveries(let deliveries) = event else { continue }
                for delivery in deliveries {
                    received.append(
                        Received(
                            id: delivery.properties.messageId?.description ?? "",
                            body: String(decoding: delivery.body, as: UTF8.self),
                            type: delivery.properties.type?.description))
                    source.acknowledge(upTo: delivery.tag)
                }
                if received.count >= total { break }
            }
        }
        limit.cancel()
        source.stop()
        await source.close()
        guard received.count >= total else {
            throw Patience.Lost(description: "\(received.count) of \(total) messages came within a minute")
        }
        return received
    }

    /// Waits until the queue holds at least `count` messages.
    func waitForMessages(_ count: Int, within limit: Duration = .seconds(60)) async throws {
        var last = 0
        try await Patience.until("\(last) of \(count) messages are in the queue", within: limit) {
            last = try await topology.queue(queue).messageCount
            return last >= count
        }
    }
}

extension [UInt8] {
    static func one(_ body: (inout BSONWriter) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendDocument(body)
        return bytes
    }
}
