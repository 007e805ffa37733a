internal import Contracts
internal import Synchronization
internal import ThreadExecutors

/// Bounded queue of calls to a publisher's thread. When full, a call is refused at once.
final class PublisherMailbox: Sendable {
    /// A publish request that can be withdrawn. Thread-safe.
    final class Order: Sendable {
        let postings: [Posting]
        let mayPublish: @Sendable () -> Bool
        private let withdrawn = Atomic(false)

        init(_ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool) {
            self.postings = postings
            self.mayPublish = mayPublish
        }

        var isWithdrawn: Bool { withdrawn.load(ordering: .acquiring) }
        func withdraw() { withdrawn.store(true, ordering: .releasing) }
    }

    struct Call: Sendable {
        let order: Order
        let began: ContinuousClock.Instant
        let continuation: CheckedContinuation<[PostingResult], Never>
    }

    struct Orders {
        var calls: [Call]
        var isClosing: Bool
        /// Some calls taken earlier were withdrawn.
        var areSomeWithdrawn: Bool
    }

    enum Refusal {
        case full
        case closed
    }

    private struct State {
        var calls: [Call] = []
        /// Calls taken by the thread and not completed.
        var underWay = 0
        var isClosing = false
        var areSomeWithdrawn = false
    }

    /// Wakes the publisher's thread.
    let wakeup = Wakeup()
    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Nil: accepted; the call will be completed.
    func submit(_ call: Call) -> Refusal? {
        let (refusal, mustWake): (Refusal?, Bool) = state.withLock { state in
            if state.isClosing { return (.closed, false) }
            if state.calls.count + state.underWay >= limit { return (.full, false) }
            state.calls.append(call)
            return (nil, state.calls.count == 1)
        }
        if mustWake { wakeup.signal() }
        return refusal
    }

    /// The caller no longer waits.
    func withdraw(_ order: Order) {
        order.withdraw()
        state.withLock { $0.areSomeWithdrawn = true }
        wakeup.signal()
    }

    func close() {
        state.withLock { $0.isClosing = true }
        wakeup.signal()
    }

    /// Called by the publisher's thread.
    func take() -> Orders {
        state.withLock { state in
            defer {
                state.underWay += state.calls.count
                state.calls = []
                state.areSomeWithdrawn = false
            }
            return Orders(
                calls: state.calls, isClosing: state.isClosing, areSomeWithdrawn: state.areSomeWithdrawn)
        }
    }

    /// Called by the publisher's thread, once for each call taken.
    func answered() { state.withLock { $0.underWay -= 1 } }
}
