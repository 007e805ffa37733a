package import Contracts
package import DryRun
internal import Synchronization

/// Sequences in memory that fail as a real store does, and remember what they gave.
package final class FaultySequences: SequenceStore {
    package enum Fault: Sendable {
        /// Before anything is taken.
        case unavailable
        /// The numbers are taken, and the answer is lost.
        case unavailableAfterwards
        case unknown
    }

    private struct State {
        var faults: [Fault] = []
        var given: [Range<Int64>] = []
        var calls = 0
    }

    package let store: InMemoryStore
    private let state = Mutex(State())

    package init(_ store: InMemoryStore = InMemoryStore()) { self.store = store }

    /// What goes wrong at the next calls, in order.
    package func fail(with faults: [Fault]) { state.withLock { $0.faults += faults } }

    /// What callers got.
    package var given: [Range<Int64>] { state.withLock { $0.given } }
    package var calls: Int { state.withLock { $0.calls } }

    package func reserve(_ count: Int, of name: String, from first: Int64) async throws(StoreError) -> Range<Int64> {
        await Task.yield()
        let fault = state.withLock { state in
            state.calls += 1
            return state.faults.isEmpty ? nil : state.faults.removeFirst()
        }
        switch fault {
        case .unavailable: throw StoreError(kind: .unavailable, code: 6, message: "no server")
        case .unknown: throw StoreError(kind: .unknown, code: 1, message: "an error nobody knows")
        case .unavailableAfterwards, nil: break
        }
        let numbers = try store.reserveNow(count, of: name, from: first)
        if fault != nil { throw StoreError(kind: .unavailable, code: 6, message: "connection closed") }
        state.withLock { $0.given.append(numbers) }
        return numbers
    }
}
