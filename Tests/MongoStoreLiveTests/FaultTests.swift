import Ingest
import BSON
import Contracts
import Glibc
import JSON
import Mappings
import MongoStore
import Testing

/// What the server, the network and other gateways may do to a batch: its effect is there exactly once in the end.
@Suite(
    "Faults", .enabled(if: LiveServer.isThere && LiveServer.canStartOwn, LiveServer.ownHint), .serialized, .ownServer)
struct FaultTests {
    /// One fault of a command, made by the server itself.
    struct Fault: Sendable, CustomTestStringConvertible {
        enum Result: Sendable { case settled, unavailable, refused, unknown }

        var name: String
        var commands: [String]
        var times = 1
        var patience = Duration.seconds(5)
        /// What the first settle under the fault gives. Whatever it is, the batch takes effect once when it is over.
        var first: Result
        var make: @Sendable (inout BSONWriter) -> Void

        var testDescription: String { name }

        static func code(_ code: Int64, labels: [String] = []) -> @Sendable (inout BSONWriter) -> Void {
            { data in
                data.append("errorCode", int64: code)
                if !labels.isEmpty { data.append("errorLabels", array: { $0.append(strings: labels) }) }
            }
        }

        static func concern(_ code: Int64, labels: [String] = []) -> @Sendable (inout BSONWriter) -> Void {
            { data in
                data.append(
                    "writeConcernError",
                    document: { error in
                        error.append("code", int64: code)
                        error.append("codeName", string: "WriteConcernFailed")
                        error.append("errmsg", string: "waiting for replication timed out")
                    })
                if !labels.isEmpty { data.append("errorLabels", array: { $0.append(strings: labels) }) }
            }
        }

        static let closed: @Sendable (inout BSONWriter) -> Void = { $0.append("closeConnection", bool: true) }
        static let transient = ["TransientTransactionError"]
        static let unknownCommit = ["UnknownTransactionCommitResult"]

        static let all: [Fault] = [
            Fault(name: "commit: 91, once", commands: ["commitTransaction"], first: .settled, make: code(91)),
            Fault(
                name: "commit: 91, three times", commands: ["commitTransaction"], times: 3, first: .settled,
                make: code(91)),
            Fault(name: "commit: connection cut", commands: ["commitTransaction"], first: .settled, make: closed),
            Fault(
                name: "commit: connection cut four times", commands: ["commitTransaction"], times: 4, first: .settled,
                make: closed),
            Fault(
                name: "commit: done, but majority unknown, labelled", commands: ["commitTransaction"], times: 2,
                first: .settled, make: concern(64, labels: unknownCommit)),
            Fault(
                name: "commit: done, but majority unknown, not labelled", commands: ["commitTransaction"], times: 2,
                first: .settled, make: concern(64)),
            Fault(
                name: "commit: NoSuchTransaction", commands: ["commitTransaction"], times: 2, first: .settled,
                make: code(251, labels: transient)),
            Fault(
                name: "commit: unknown for longer than its patience", commands: ["commitTransaction"], times: 1000,
                patience: .seconds(1), first: .unavailable, make: code(11602, labels: unknownCommit)),
            Fault(
                name: "insert: 112, labelled", commands: ["insert"], times: 3, first: .settled,
                make: code(112, labels: transient)),
            Fault(name: "insert: 112, not labelled", commands: ["insert"], times: 3, first: .settled, make: code(112)),
            Fault(
                name: "insert: 112 for ever", commands: ["insert"], times: 1000, first: .unavailable,
                make: code(112, labels: transient)),
            Fault(name: "insert: connection cut", commands: ["insert"], first: .unavailable, make: closed),
            Fault(
                name: "insert: connection cut, and the abort too", commands: ["insert", "abortTransaction"], times: 3,
                first: .unavailable, make: closed),
            Fault(name: "insert: disk full", commands: ["insert"], first: .unavailable, make: code(14031)),
            Fault(name: "insert: not authorised", commands: ["insert"], first: .unavailable, make: code(13)),
            Fault(name: "insert: not primary", commands: ["insert"], first: .unavailable, make: code(10107)),
            Fault(name: "insert: internal error", commands: ["insert"], first: .unknown, make: code(8)),
            Fault(name: "insert: too large", commands: ["insert"], first: .refused, make: code(10334)),
            Fault(name: "insert: too large for a transaction", commands: ["insert"], first: .refused, make: code(388)),
            Fault(name: "find: 11600", commands: ["find"], first: .unavailable, make: code(11600)),
            Fault(name: "find: 189", commands: ["find"], first: .unavailable, make: code(189, labels: transient)),
            Fault(name: "find: connection cut", commands: ["find"], first: .unavailable, make: closed),
            Fault(name: "find: killed cursor", commands: ["find"], times: 2, first: .settled, make: code(237)),
        ]
    }

    @Test("One command fails", arguments: Fault.all)
    func commandFails(fault: Fault) async throws {
        try await LiveStore.with {
            $0.commitPatience = fault.patience
        } _: { store in
            try await store.withLane { lane in
                let ids = (0..<3).map { ByteString("k\($0)") }
                try await lane.settle(Counting(ids: ids, message: "before"))
                try await store.fail(fault.commands, times: fault.times, fault.make)
                let batch = Counting(ids: ids + ["new"], message: "m")
                let result: Fault.Result
                do throws(StoreError) {
                    try await lane.settle(batch)
                    result = .settled
                } catch {
                    result =
                        switch error.kind {
                        case .unavailable, .gaveWay: .unavailable
                        case .refused: .refused
                        case .unknown: .unknown
                        }
                }
                #expect(result == fault.first)
                try await store.endFailing()
                try await lane.settle(batch, tries: 30)
                #expect(store.deployment.health.isUp)
                for id in ids { #expect(try await store.integer("n", of: id, in: "item") == 2) }
                #expect(try await store.integer("n", of: "new", in: "item") == 1)
                #expect(try await store.count("gateway.ledger") == 2)
            }
        }
    }

    @Test("The primary steps down again and again: every batch takes effect once")
    func stepDown() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                let settling = Task {
                    for run in 0..<300 {
                        try await lane.settle(Counting(ids: ["a", "b"], message: ByteString("m\(run)")), tries: 200)
                    }
                }
                for _ in 0..<3 {
                    try await Task.sleep(for: .milliseconds(150))
                    // The server hangs up on who asks for it, so the answer tells nothing.
                    _ = try? await store.reader.command("replSetStepDown", on: "admin") { command in
                        command.append("replSetStepDown", int64: 60)
                        command.append("force", bool: true)
                    }
                    try await Task.sleep(for: .milliseconds(200))
                    try await store.reader.command("replSetFreeze", on: "admin") {
                        $0.append("replSetFreeze", int64: 0)
                    }
                }
                try await settling.value
                #expect(try await store.integer("n", of: "a", in: "item") == 300)
                #expect(try await store.count("gateway.ledger") == 300)
            }
        }
    }

    @Test("mongod is killed: unavailable within six seconds; started again: the lane goes on")
    func serverKilled() async throws {
        try await LiveStore.with { store in
            try await store.withLane { lane in
                try await lane.settle(Counting(ids: ["a"], message: "m0"))
                try await store.server.services("kill")
                for _ in 0..<2 {
                    let began = ContinuousClock.now
                    let error = await unavailability(lane, Counting(ids: ["a"], message: "m1"))
                    #expect(error?.kind == .unavailable)
                    #expect(began.duration(to: .now) < .seconds(15))
                }
                #expect(!store.deployment.health.isUp && !store.deployment.health.detail.isEmpty)
                try await store.server.services("start")
                try await lane.settle(Counting(ids: ["a"], message: "m1"), tries: 100)
                #expect(try await store.integer("n", of: "a", in: "item") == 2)
                #expect(store.deployment.health.isUp)
            }
        }
    }

    @Test("mongod hangs in the middle of a batch: unavailable, and nobody waits for what it held")
    func serverHangs() async throws {
        try await LiveStore.with {
            $0.uri +=
                "&socketTimeoutMS=1000&serverSelectionTimeoutMS=1000&heartbeatFrequencyMS=500&connectTimeoutMS=500"
        } _: { store in
            try await store.withLane { lane in
                let batch = Counting(ids: ["a"], message: "m")
                try await lane.settle(Counting(ids: ["a"]))
                // The commit's answer never comes: the server has the transaction open, with its records locked.
                try await store.fail(["commitTransaction", "abortTransaction"], times: 1000) { data in
                    data.append("blockConnection", bool: true)
                    data.append("blockTimeMS", int64: 5_000)
                }
                #expect(await unavailability(lane, batch)?.kind == .unavailable)
                try await store.endFailing()
                let began = ContinuousClock.now
                try await lane.settle(batch, tries: 30)
                #expect(began.duration(to: .now) < .seconds(15))
                #expect(try await store.integer("n", of: "a", in: "item") == 2)
            }
        }
    }

    @Test("A batch that takes longer than a transaction may: refused, so that it is split")
    func tooSlow() async throws {
        try await LiveStore.with {
            $0.transactionLifetime = .seconds(1)
        } _: { store in
            try await store.setTransactionLifetime(seconds: 1)
            try await store.withLane { lane in
                try await lane.settle(Counting(ids: ["a"], message: "m0"))
                let batch = Counting(ids: ["a"], message: "m1")
                let kind = await kind { () throws(StoreError) in
                    try await lane.settle(batch.reads) { snapshot in
                        sleep(3)
                        return batch.plan(snapshot)
                    }
                }
                #expect(kind == .refused)
                try await lane.settle(batch)
                #expect(try await store.integer("n", of: "a", in: "item") == 2)
            }
            try await store.setTransactionLifetime(seconds: 60)
        }
    }

    @Test("Closing takes no longer than its patience, whatever mongod does")
    func closeWhileItHangs() async throws {
        try await LiveStore.with { store in
            let other = try store.another { $0.closePatience = .milliseconds(500) }
            try await other.connect()
            let lane = other.makeLane(named: "hangs")
            try await lane.settle(Counting(ids: ["a"], message: "m0"))
            try await store.server.services("pause")
            let settling = Task { await unavailability(lane, Counting(ids: ["a"], message: "m1")) }
            // Also if the test is cancelled: what is paused must be resumed.
            _ = try? await Task.sleep(for: .milliseconds(200))
            let began = ContinuousClock.now
            await lane.close()
            await other.close()
            #expect(began.duration(to: .now) < .seconds(10))
            try await store.server.services("resume")
            _ = await settling.value
        }
    }

    private func kind(_ body: () async throws(StoreError) -> Bool) async -> StoreError.Kind? {
        do throws(StoreError) {
            _ = try await body()
            return nil
        } catch {
            return error.kind
        }
    }

    private func unavailability(_ lane: MongoTransactor, _ batch: Counting) async -> StoreError? {
        do throws(StoreError) {
            try await lane.settle(batch)
            return nil
        } catch {
            return error
        }
    }
}

extension LiveStore {
    fileprivate func setTransactionLifetime(seconds: Int64) async throws {
        try await reader.command("setParameter", on: "admin") { command in
            command.append("setParameter", int64: 1)
            command.append("transactionLifetimeLimitSeconds", int64: seconds)
        }
    }
}
