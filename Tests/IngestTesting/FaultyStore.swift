internal import BSON
package import Contracts
internal import DryRun
package import JSON
import Mappings
internal import Synchronization

/// A store in memory that can be made to fail in all the ways that a real one does.
package final class FaultyStore: Store {
    /// What goes wrong at the next settles, in order.
    package enum Fault: Sendable {
        /// Before anything is written.
        case unavailable
        /// After all was written: the answer to the commit was lost.
        case unavailableAfterCommit
        /// A race is lost: the plan is called, its writes are dropped, and it is called again.
        case raceLost
        case unknown
        /// What is to be written is refused, whatever it is.
        case refused
    }

    private struct State {
        var faults: [Fault] = []
        var refused: Set<ByteString> = []
        /// By collection: what every read and write of it fails with.
        var broken: [String: StoreError] = [:]
        var settles = 0
    }

    private let inner = InMemoryStore()
    private let state = Mutex(State())

    package init() {}

    package func fail(with faults: [Fault]) { state.withLock { $0.faults += faults } }

    /// Every write of this record is refused, as by a validator.
    package func refuse(_ id: ByteString) { state.withLock { _ = $0.refused.insert(id) } }

    /// Every transaction that reads or writes the collection fails with this error; nil ends it.
    package func fail(_ collection: String, with error: StoreError?) {
        state.withLock { $0.broken[collection] = error }
    }

    /// Transactions that were tried.
    package var settles: Int { state.withLock { $0.settles } }

    package func documents(in collection: String) -> [ByteString: [UInt8]] { inner.documents(in: collection) }

    /// The collections that hold anything.
    package var collections: [String] { inner.collections }

    /// Puts a document there as if another program had.
    package func put(_ document: [UInt8], in collection: String) { inner.put(document, in: collection) }

    package func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn,
        plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        try await inner.settle(reads, turn: turn) { attempt(reads, $0, plan) }.get()
    }

    /// The same for those who cannot wait.
    package func settleNow<Result: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) throws(StoreError) -> Result {
        try inner.settleNow(reads) { attempt(reads, $0, plan) }.get()
    }

    /// What is to be written, and how the settle ends once that is.
    private func attempt<Result: Sendable>(
        _ reads: StoreReads, _ snapshot: StoreSnapshot,
        _ plan: (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) -> (writes: StoreWrites, result: Swift.Result<Result, StoreError>) {
        let (fault, state) = self.state.withLock { state in
            state.settles += 1
            return (state.faults.isEmpty ? nil : state.faults.removeFirst(), state)
        }
        func nothing(_ error: StoreError) -> (writes: StoreWrites, result: Swift.Result<Result, StoreError>) {
            (StoreWrites(), .failure(error))
        }
        switch fault {
        case .unavailable: return nothing(StoreError(kind: .unavailable, code: 6, message: "no server"))
        case .unknown: return nothing(StoreError(kind: .unknown, code: 1, message: "an error nobody knows"))
        case .refused: return nothing(StoreError(kind: .refused, code: 121, message: "the validator refuses it"))
        case .raceLost: _ = plan(snapshot)
        case .unavailableAfterCommit, nil: break
        }
        for (collection, _) in reads.records { if let error = state.broken[collection] { return nothing(error) } }
        let (writes, result) = plan(snapshot)
        if let error = Self.refusal(of: writes, state) { return nothing(error) }
        guard case .unavailableAfterCommit = fault else { return (writes, .success(result)) }
        return (writes, .failure(StoreError(kind: .unavailable, code: 6, message: "connection closed")))
    }

    private static func refusal(of writes: StoreWrites, _ state: State) -> StoreError? {
        for own in writes.collections {
            if let error = state.broken[own.collection] { return error }
            let inserted = (0..<own.inserts.count).compactMap { index in
                own.inserts.withDocument(index) { BSONElements($0).first(named: "_id")?.byteString }
            }
            if let id = (own.deletes + own.updateIDs + inserted).first(where: state.refused.contains) {
                return StoreError(kind: .refused, code: 121, message: "the validator refuses '\(id)'")
            }
        }
        return nil
    }
}
