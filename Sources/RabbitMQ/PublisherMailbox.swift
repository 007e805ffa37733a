internal import Lanes
internal import Pipeline
internal import Synchronization

/// Calls on their way to a publisher's thread. Bounded: a call too many is told so at once.
final class PublisherMailbox: Sendable {
    struct Call: Sendable {
        let postings: [Posting]
        let began: ContinuousClock.Instant
        let continuation: CheckedContinuation<[PostingResult], Never>
    }

    struct Orders {
        var calls: [Call]
        var isClosing: Bool
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
            }
            return Orders(calls: state.calls, isClosing: state.isClosing)
        }
    }

    /// By the thread, once for each call taken.
    func answered() { state.withLock { $0.underWay -= 1 } }
}
