import Foundation
import IngestTesting
import JSON
import Synchronization
import Testing

extension RouteLiveTests {
    /// HTTP requests while the store goes and comes back: what was answered counts, once.
    @Suite("requests over faults of the store", .enabled(if: LiveServers.areOurs))
    struct RequestFaults {
        private static let definition = """
            {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogStock", "x-key": ["code"], "type": "object",
             "required": ["code"], "properties": {
               "code": {"type": "string"}, "moves": {"type": "integer", "x-merge": "sum"}}}
            """
        private static let mapping = """
            routes:
              move:
                from: { http: { method: POST, path: "/moves/{code}", listener: api, body: none } }
                definition: catalogStock
                message:
                  companyId: { value: napse }
                  items: $
                  operation: IU
                  fields: { code: { parameter: code }, moves: { value: 1 } }
            """

        /// What clients saw.
        private final class Seen: Sendable {
            struct State {
                /// By key.
                var answers: [String: String] = [:]
                /// Of the requests without a key: those that were answered with success.
                var applied = 0
                /// Refused, with nothing taken.
                var refused = 0
                /// It is not known whether the request counts.
                var unknown = 0
                var isOver = false
            }

            let state = Mutex(State())

            func add(_ answer: ConsoleCaller.Answer) {
                state.withLock { state in
                    if answer.status < 300 {
                        state.applied += 1
                    } else if answer.text.contains("nothing was taken") || answer.text.contains("takes no requests") {
                        state.refused += 1
                    } else {
                        state.unknown += 1
                    }
                }
            }
        }

        @Test(arguments: [["kill", "start"], ["pause", "resume"]])
        func `a mongod that goes and comes back changes no answer`(verbs: [String]) async throws {
            try await LiveRoute.with { route in
                for (name, text) in [
                    ("definitions/stock.json", Self.definition), ("mappings/moves.yaml", Self.mapping),
                ] {
                    let file = route.directory.appendingPathComponent(name)
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data(text.utf8).write(to: file)
                }
                let port = try GatewayProcess.freePort()
                let gateway = try await route.startReady([
                    "DEFINITIONS_DIRECTORY": "definitions", "MAPPINGS_DIRECTORY": "mappings",
                    "HTTP_LISTENERS_API_PORT": "\(port)",
                ])
                let caller = ConsoleCaller(port: port)
                let watch = Seen()
                let keys = (0..<120).map { "key-\($0)" }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<6 {
                        group.addTask {
                            for (number, key) in keys.enumerated() where number % 6 == client {
                                let text = try await Self.answer(caller, key)
                                watch.state.withLock { $0.answers[key] = text }
                            }
                        }
                    }
                    for _ in 0..<4 {
                        group.addTask {
                            while !watch.state.withLock({ $0.isOver }) {
                                let answer = try await caller.call("/moves/free", "", [:])
                                watch.add(answer)
                                try await Task.sleep(for: .milliseconds(answer.status < 300 ? 5 : 100))
                            }
                        }
                    }
                    for _ in 0..<200 where watch.state.withLock({ $0.applied }) == 0 {
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    try await route.servers.services(verbs[0], .mongod)
                    do {
                        try await Task.sleep(for: .seconds(12))
                    } catch {
                        try await route.servers.services(verbs[1], .mongod)
                        throw error
                    }
                    try await route.servers.services(verbs[1], .mongod)
                    try await gateway.waitUntilReady()
                    watch.state.withLock { $0.isOver = true }
                    try await group.waitForAll()
                }
                let seen = watch.state.withLock { $0 }

                for key in keys { #expect(try await Self.answer(caller, key) == seen.answers[key], "\(key)") }
                let records = try await route.store.records()["stock"] ?? [:]
                #expect(records["napse|keyed"]?["moves"] == Self.number(keys.count))
                // Not fewer than were answered, and no more than may count.
                let free = (seen.applied...seen.applied + seen.unknown).compactMap { Self.number($0) }
                #expect(free.contains { records["napse|free"]?["moves"] == $0 }, "\(seen)")
                #expect(seen.applied > 0 && seen.refused + seen.unknown > 0, "\(seen)")
                #expect(try await gateway.terminate().code == 0)
            }
        }

        /// Sends a request under its key until it is answered with something else than 503.
        private static func answer(_ caller: ConsoleCaller, _ key: String) async throws -> String {
            while true {
                let answer = try await caller.call("/moves/keyed", "", ["Idempotency-Key": key])
                if answer.status != 503 { return "\(answer.status) \(answer.text)" }
                try await Task.sleep(for: .milliseconds(100))
            }
        }

        private static func number(_ value: Int) -> ReferenceValue? {
            try? JSONParser().parse("\(value)").withRoot { ReferenceValue($0) }
        }
    }
}
