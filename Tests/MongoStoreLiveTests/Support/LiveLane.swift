import BSON
import Contracts
import Foundation
import Ingest
import IngestTesting
import JSON
import MongoStore
import Synchronization

/// A route on real lanes of a ``LiveStore``, fed by hand: what the pipeline and the store do together.
final class LiveLane: Sendable {
    let source = HandSource()
    let observer = RecordingObserver()
    private let messages = Mutex<UInt64>(0)

    /// Runs `body` while the route runs, and returns when all that was sent is settled.
    static func with(
        _ store: LiveStore, lanes: Int = 1, limits: Limits = Limits(), _ body: (LiveLane) async throws -> Void
    ) async throws {
        let own = (0..<lanes).map { lane in
            ["a", "b"].map { store.deployment.makeLane(named: "lane-\(lane)\($0)") }
        }
        let live = LiveLane()
        let source = live.source
        let seeds = Mutex<UInt64>(UInt64.random(in: 0..<1 << 40))
        let route = Route(
            name: "test", sources: [source], lanes: own, limits: limits, companies: [],
            catalogs: { Fixtures.catalogs },
            environment: GatewayEnvironment(
                // Of now, or the ledger's rows would expire.
                now: { Int64(Date().timeIntervalSince1970 * 1000) },
                seed: {
                    seeds.withLock { seed in
                        seed += 1
                        return seed << 16
                    }
                }, sleep: { try await Task.sleep(for: min($0, .seconds(1))) }), observer: live.observer,
            sourceChanged: { _ in })
        let running = Task { await route.run() }
        do {
            try await body(live)
            source.stop()
            try await Self.wait("the route has settled all", within: .seconds(60)) { source.isAllSettled(live.sent) }
        } catch {
            running.cancel()
            await running.value
            for lane in own.joined() { await lane.close() }
            throw error
        }
        await running.value
        for lane in own.joined() { await lane.close() }
    }

    private var sent: UInt64 { messages.withLock { $0 } }

    /// Sends a message of these items; its id is its number, from 1.
    @discardableResult
    func send(_ items: [String], to catalog: String = "catalogItem") -> UInt64 {
        send(#"{"companyId":"c","catalog":"\#(catalog)","items":[\#(items.joined(separator: ","))]}"#)
    }

    @discardableResult
    func send(_ body: String) -> UInt64 {
        let number = messages.withLock { sent in
            sent += 1
            return sent
        }
        source.deliver([Fixtures.delivery(body, number: number, messageId: "m\(number)")])
        return number
    }

    func waitUntilSettled(within limit: Duration = .seconds(60)) async throws {
        let sent = sent
        try await Self.wait("all is settled", within: limit) { source.isAllSettled(sent) }
    }

    struct Late: Error, CustomStringConvertible { let description: String }

    static func wait(_ what: String, within limit: Duration, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while try await !condition() {
            if ContinuousClock.now > end { throw Late(description: "not within \(limit): \(what)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension HandSource {
    fileprivate func isAllSettled(_ sent: UInt64) -> Bool { sent == 0 || acknowledged.last?.number == sent }
}

extension LiveStore {
    /// The reasons of all dead letters: code and text.
    func reasons() async throws -> [(code: String, text: String)] {
        let letters = try await reader.find(in: "gateway.deadLetters", filter: .document { _ in })
        return (0..<letters.count).flatMap { index in
            letters.withDocument(index) { letter in
                let reasons =
                    BSONElements(letter).first(named: "reasons")?.elements.map { $0.compactMap(\.elements) } ?? []
                return reasons.map { ($0.first(named: "code")?.text ?? "", $0.first(named: "text")?.text ?? "") }
            }
        }
    }

    /// Items of all messages by how they ended, as the ledger has it.
    func outcomes() async throws -> OutcomeCounts {
        let rows = try await reader.find(in: "gateway.ledger", filter: .document { _ in })
        var counts = OutcomeCounts()
        for index in 0..<rows.count {
            counts += rows.withDocument(index) { LedgerRow(bson: $0)?.outcomes } ?? OutcomeCounts()
        }
        return counts
    }

    func setValidator(of collection: String, _ body: @Sendable (inout BSONWriter) -> Void) async throws {
        try await reader.command("collMod") { command in
            command.append("collMod", string: collection)
            command.append("validator", document: body)
        }
    }

    func createUniqueIndex(on collection: String, _ fields: [String]) async throws {
        try await reader.command("createIndexes") { command in
            command.append("createIndexes", string: collection)
            command.append(
                "indexes",
                array: { indexes in
                    indexes.append(
                        "0",
                        document: { index in
                            index.append(
                                "key",
                                document: { key in
                                    for field in fields {
                                        let name = Array(field.utf8)
                                        name.withUnsafeBufferPointer { key.append($0, int64: 1) }
                                    }
                                })
                            index.append("name", string: "unique")
                            index.append("unique", bool: true)
                        })
                })
        }
    }
}
