import Contracts
import Ingest
import BSON
import IngestTesting
import JSON
import MongoStore
import Testing

/// Answers that no one has met yet, made by the server itself: a lane goes on once they end, and what lasts holds up nobody
/// else.
@Suite(
    "Codes of any kind", .enabled(if: LiveServer.isThere && LiveServer.canStartOwn, LiveServer.ownHint), .serialized,
    .ownServer)
struct InjectedCodeTests {
    /// Some of each class, and some that no server has.
    static let codes: [Int64] = [5, 8, 20, 73, 121, 166, 246, 263, 317, 40_415, 51_234]

    private static func item(_ code: String) -> String { #"{"operation":"IU","code":"\#(code)","name":"n"}"# }

    @Test("A code that passes: everything is settled, and nothing is lost", arguments: codes)
    func passing(code: Int64) async throws {
        for command in ["find", "insert", "update", "create", "commitTransaction", "abortTransaction"] {
            try await LiveStore.with {
                $0.commitPatience = .seconds(1)
            } _: { store in
                try await LiveLane.with(store) { lane in
                    if command != "create" {
                        lane.send([Self.item("a")])
                        try await lane.waitUntilSettled()
                    }
                    try await store.fail([command], times: 3) { $0.append("errorCode", int64: code) }
                    lane.send([Self.item("b"), #"{"operation":"U","code":"a","name":"x"}"#, "7"])
                    lane.send([Self.item("z")], to: "catalogZone")
                    try await lane.waitUntilSettled()
                    try await store.endFailing()
                    lane.send([Self.item("c")])
                    try await lane.waitUntilSettled()
                    let outcomes = try await store.outcomes()
                    let first = command == "create" ? 0 : 1
                    #expect(outcomes.total == 5 + first, "\(command)")
                    let refused = try await store.reasons().count { $0.code == "storeRefused" }
                    #expect(outcomes[.rejected] >= 1 + refused, "\(command)")
                    if command == "commitTransaction" {
                        #expect(refused == 0, "a commit of unknown outcome is not a refusal")
                    }
                    let records = (try await store.count("item")) + (try await store.count("zone"))
                    #expect(records == outcomes[.inserted], "\(command)")
                }
            }
        }
    }

    @Test(
        "A code that lasts in one collection: its items are dead letters, the other catalog goes on", arguments: codes)
    func lasting(code: Int64) async throws {
        // Races are tried for as long as another's transaction could live.
        if code == 246 { return }
        for command in ["find", "insert"] {
            try await LiveStore.with { store in
                try await LiveLane.with(store) { lane in
                    lane.send([Self.item("a")])
                    lane.send([Self.item("a")], to: "catalogZone")
                    try await lane.waitUntilSettled()
                    try await store.fail([command], times: 1_000_000) { data in
                        data.append("errorCode", int64: code)
                        data.append("namespace", string: "\(store.deployment.database).item")
                    }
                    lane.send([Self.item("b"), Self.item("c"), Self.item("d")])
                    lane.send([Self.item("y"), Self.item("z")], to: "catalogZone")
                    if code == 317 {
                        // The store reports itself unavailable: the lane waits and reports it.
                        try await LiveLane.wait("it is reported", within: .seconds(10)) {
                            !lane.observer.errors.isEmpty
                        }
                        #expect(!store.deployment.health.isUp)
                        try await store.endFailing()
                    }
                    try await lane.waitUntilSettled()
                    let outcomes = try await store.outcomes()
                    #expect(outcomes.total == 7, "\(command)")
                    #expect(try await store.count("zone") == 3, "\(command)")
                    if code != 317 {
                        #expect(
                            try await store.reasons().map(\.code) == ["storeRefused", "storeRefused", "storeRefused"])
                    }
                    try await store.endFailing()
                    lane.send([Self.item("e")])
                    try await lane.waitUntilSettled()
                    #expect(try await store.count("item") == (code == 317 ? 5 : 2))
                }
            }
        }
    }
}
