import BSON
import Contracts
import MongoStore
import Testing

/// What happens to a server while numbers of a sequence are reserved: none is given twice.
@Suite(
    "Faults of sequences", .enabled(if: LiveServer.isThere && LiveServer.canStartOwn, LiveServer.ownHint), .serialized,
    .ownServer)
struct SequenceFaultTests {
    /// Runs `body` with the sequences of two gateways.
    private func withTwo(
        _ body: (LiveStore, MongoSequences, MongoSequences) async throws -> Void
    ) async throws {
        try await LiveStore.with { store in
            let (a, b) = (store.deployment.makeSequences(), store.deployment.makeSequences())
            let result = await Result { try await body(store, a, b) }
            await a.close()
            await b.close()
            try result.get()
        }
    }

    /// As a route does: again until it is there.
    private func reserve(_ count: Int, of sequences: MongoSequences, tries: Int = 200) async throws -> Range<Int64> {
        for _ in 1..<tries {
            do throws(StoreError) {
                return try await sequences.reserve(count, of: "tasks", from: 1)
            } catch {
                #expect(error.kind == .unavailable, "\(error)")
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        return try await sequences.reserve(count, of: "tasks", from: 1)
    }

    private func expectApart(_ taken: [Range<Int64>]) {
        let ordered = taken.sorted { $0.lowerBound < $1.lowerBound }
        #expect(zip(ordered, ordered.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "\(ordered)")
    }

    @Test(
        "a fault of the server is unavailability, and what it may have taken is left out",
        arguments: [
            FaultTests.Fault(
                name: "no permission", commands: ["findAndModify"], first: .unavailable, make: FaultTests.Fault.code(13)
            ),
            FaultTests.Fault(
                name: "stepping down", commands: ["findAndModify"], times: 3, first: .unavailable,
                make: FaultTests.Fault.code(11602)),
            FaultTests.Fault(
                name: "connection cut", commands: ["findAndModify"], first: .unavailable, make: FaultTests.Fault.closed),
            FaultTests.Fault(
                name: "write conflict", commands: ["findAndModify"], first: .unavailable,
                make: FaultTests.Fault.code(112)),
            FaultTests.Fault(
                name: "done, but majority unknown", commands: ["findAndModify"], times: 2, first: .unavailable,
                make: FaultTests.Fault.concern(64)),
            FaultTests.Fault(
                name: "no permission to begin", commands: ["update"], first: .unavailable,
                make: FaultTests.Fault.code(13)),
        ])
    func fault(_ fault: FaultTests.Fault) async throws {
        try await withTwo { store, a, b in
            var taken = fault.commands == ["update"] ? [] : [try await reserve(3, of: a)]
            try await store.fail(fault.commands, times: fault.times, fault.make)
            do throws(StoreError) {
                let found = try await a.reserve(3, of: "tasks", from: 1)
                Issue.record("\(found) in spite of it")
            } catch {
                #expect(error.kind == .unavailable && !error.message.isEmpty, "\(error)")
            }
            for _ in 0..<5 {
                taken.append(try await reserve(2, of: a))
                taken.append(try await reserve(3, of: b))
            }
            expectApart(taken)
            if fault.name.hasPrefix("done") {
                // Those of the unanswered ones.
                let asked: Int64 = 3 + 3 + 2 + 25
                #expect(taken.last?.upperBound == asked + 1, "\(taken)")
            }
            #expect(store.deployment.health.isUp)
        }
    }

    @Test("The primary steps down again and again, and mongod is killed: no number is given twice")
    func stepDown() async throws {
        try await withTwo { store, a, b in
            func take(_ sequences: MongoSequences) async throws -> [Range<Int64>] {
                var taken: [Range<Int64>] = []
                for run in 0..<300 { taken.append(try await reserve(1 + run % 4, of: sequences)) }
                return taken
            }
            async let first = take(a)
            async let second = take(b)
            for _ in 0..<2 {
                try await Task.sleep(for: .milliseconds(150))
                // The server hangs up on who asks for it, so the answer tells nothing.
                _ = try? await store.reader.command("replSetStepDown", on: "admin") { command in
                    command.append("replSetStepDown", int64: 60)
                    command.append("force", bool: true)
                }
                try await Task.sleep(for: .milliseconds(200))
                try await store.reader.command("replSetFreeze", on: "admin") { $0.append("replSetFreeze", int64: 0) }
            }
            try await store.server.services("kill")
            try await store.server.services("start")
            let taken = try await first + second
            #expect(taken.count == 600)
            expectApart(taken)
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
