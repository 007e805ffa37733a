internal import Lanes
internal import Pipeline
internal import Synchronization

/// Calls on their way to a publisher's thread. Bounded: a call too many is told so at once.
final class PublisherMailbox: Sendable {
    /// What is asked for, and whether it still is. From any thread.
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
        /// Some of those taken before are not wanted any more.
        var areSomeWithdrawn: Bool
    }

    enum Refusal {
        case full
        case closed
    }

    private struct State {
        var calls: [Call] = []
        /// Calls taken by the thread and not yet answered.
        var underWay = 0
        var isClosing = false
        var areSomeWithdrawn = false
    }

    /// For the thread to wait on.
    let wakeup = Wakeup()
    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// nil: accepted, and will be answered.
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

    /// Nobody waits for the order's answer any more.
    func withdraw(_ order: Order) {
        order.withdraw()
        state.withLock { $0.areSomeWithdrawn = true }
        wakeup.signal()
    }

    func close() {
        state.withLock { $0.isClosing = true }
        wakeup.signal()
    }

    /// By the thread.
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

    /// By the thread, once for each call taken.
    func answered() { state.withLock { $0.underWay -= 1 } }
}
