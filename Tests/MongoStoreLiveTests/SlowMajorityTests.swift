import BSON
import Contracts
import Ingest
import JSON
import Logging
import Mappings
import MongoStore
import Synchronization
import Testing

/// What gateways do while secondaries do not keep up.
@Suite(
    "A slow majority", .enabled(if: LiveServer.isThere && LiveServer.canStartOwn, LiveServer.ownHint), .serialized,
    .ownServer(.threeMembers))
struct SlowMajorityTests {
    @Test("A posting that no majority has is not published, and is once it has")
    func postings() async throws {
        try await LiveStore.with { store in
            let postings = store.deployment.makePostings()
            func waiting() async throws -> [ByteString] {
                try await postings.waiting(limit: 10, bytes: 1 << 20, without: [], now: 1).map(\.id)
            }
            do {
                try await store.server.withoutMajority {
                    try await store.insert(posting: "p1")
                    #expect(try await store.count(StoreCollections.postings) == 1, "or the test shows nothing")
                    #expect(try await waiting() == [])
                }
                try await store.until("the row is waiting") { try await waiting() == ["p1"] }
            } catch {
                Issue.record(error)
            }
            await postings.close()
        }
    }

    @Test("An order to a feed, and a setting, count once a majority has them")
    func orders() async throws {
        try await LiveStore.with { store in
            let leases = store.deployment.makeLeases()
            let reader = store.deployment.makeReader()
            do {
                guard case .taken(let lease) = try await leases.take("limits") else { throw Lost("the lease") }
                func seen() async throws -> (isPaused: Bool?, settings: Int) {
                    let lease: Lease? = try await leases.look(at: lease)
                    let settings = try await reader.settingDocuments(in: "configuration", limit: 10)
                    return (lease.map { FeedRow($0).isPaused }, settings.count)
                }
                try await store.set("enabled", of: "rabbitMQ.producer", in: "configuration")
                try await store.server.withoutMajority {
                    try await store.set("isPaused", of: "limits", in: StoreCollections.feeds)
                    try await store.set("enabled", of: "rabbitMQ", in: "configuration")
                    #expect(try await seen() == (false, 1))
                }
                try await store.until("the order is seen") { try await seen() == (true, 2) }
            } catch {
                Issue.record(error)
            }
            await reader.close()
            await leases.close()
        }
    }

    /// Heartbeats that waited for the majority were answered when they were older than a silence that counts.
    @Test("Two healthy gateways end none of each other's sessions")
    func heartbeats() async throws {
        let told = Told()
        try await LiveStore.with {
            $0.beatInterval = .milliseconds(200)
            $0.deadAfter = .milliseconds(1500)
        } _: { store in
            let deployments = try (0..<2).map { _ in try MongoDeployment(store.deployment.settings, logger: told.logger)
            }
            let lanes = deployments.map { $0.makeLane(named: "lane") }
            for (number, deployment) in deployments.enumerated() {
                try await deployment.connect()
                try await lanes[number].settle(Counting(ids: [ByteString("a\(number)")]))
            }
            #expect(try await store.count("gateway.instances") == 2)
            let hearts = deployments.map { deployment in Task { try await deployment.run() } }
            for _ in 0..<4 {
                try await store.server.withoutMajority { try await Task.sleep(for: .milliseconds(2500)) }
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(told.lines.withLock { $0 } == [])
            #expect(try await store.count("gateway.instances") == 2)
            for (number, lane) in lanes.enumerated() {
                try await lane.settle(
                    Counting(ids: [ByteString("a\(number)")], message: ByteString("m\(number)")), tries: 20)
                await lane.close()
            }
            for heart in hearts {
                heart.cancel()
                _ = await heart.result
            }
            for deployment in deployments { await deployment.close() }
        }
    }

    @Test("One who really is gone is found so all the same")
    func gone() async throws {
        try await LiveStore.with {
            $0.beatInterval = .milliseconds(100)
            $0.deadAfter = .milliseconds(1000)
        } _: { store in
            let heart = Task { try await store.deployment.run() }
            try await store.insertInstance()
            try await store.server.withoutMajority {
                try await store.until("its row goes") { try await store.isInstanceGone() }
            }
            heart.cancel()
            _ = await heart.result
        }
    }
}

private struct Lost: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

/// What is logged as a notice or worse.
private final class Told: Sendable {
    let lines = Mutex<[String]>([])

    var logger: Logger {
        var logger = Logger(label: "told") { _ in Handler(told: self) }
        logger.logLevel = .notice
        return logger
    }

    private struct Handler: LogHandler {
        let told: Told
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            // Of libmongoc, that a server is slow.
            guard !event.message.description.hasPrefix("libmongoc") else { return }
            told.lines.withLock { $0.append("\(event.message)") }
        }
    }
}

extension LiveStore {
    fileprivate func until(_ what: String, _ body: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await !body() {
            if ContinuousClock.now > end { throw Lost(what) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// On the primary alone, whatever the others do.
    private func write(_ name: String, _ body: @Sendable (inout BSONWriter) -> Void) async throws {
        try await reader.command(name) { command in
            body(&command)
            command.append("writeConcern", document: { $0.append("w", int64: 1) })
        }
    }

    fileprivate func insert(posting id: ByteString) async throws {
        let row = PostingRow(
            id: id, origin: .route, name: "r", target: .amqp(exchange: "", routingKey: "q"), body: [1], registeredAt: 1)
        try await write("insert") { command in
            command.append("insert", string: StoreCollections.postings)
            command.append("documents", array: { $0.append("0", document: { row.append(to: &$0) }) })
        }
    }

    fileprivate func set(_ field: StaticString, of id: String, in collection: String) async throws {
        try await write("update") { command in
            command.append("update", string: collection)
            command.append(
                "updates",
                array: { updates in
                    updates.append(
                        "0",
                        document: { update in
                            update.append("q", document: { $0.append("_id", string: id) })
                            update.append(
                                "u", document: { $0.append("$set", document: { $0.append(field, bool: true) }) })
                            update.append("upsert", bool: true)
                        })
                })
        }
    }

    /// Of a gateway on another machine, whose last heartbeat is long ago.
    fileprivate func insertInstance() async throws {
        try await write("insert") { command in
            command.append("insert", string: "gateway.instances")
            command.append(
                "documents",
                array: { documents in
                    documents.append(
                        "0",
                        document: { row in
                            row.append("_id", string: "gone")
                            row.append("space", string: "elsewhere")
                            row.append("beatAt", date: 1)
                            row.append("sessions", array: { _ in })
                        })
                })
        }
    }

    fileprivate func isInstanceGone() async throws -> Bool {
        try await reader.find(in: "gateway.instances", filter: .document { $0.append("_id", string: "gone") }).isEmpty
    }
}
