internal import Contracts
internal import Synchronization
internal import ThreadExecutors

/// A bounded queue of a consumer's events. One producer, the consumer's thread; one consumer task.
///
/// Bounded in messages by the prefetch, and in bytes: above ``byteBound``, ``isFull`` makes the thread stop reading the
/// socket (backpressure), so that large messages do not fill the memory. Deliveries of a closed channel are withdrawn,
/// since they will be redelivered.
final class EventQueue: Sendable {
    private struct State {
        var events: [SourceEvent] = []
        var head = 0
        var bytes = 0
        var isFinished = false
        /// Total number of deliveries taken.
        var taken = 0
        /// Whether an event was ever requested.
        var isAskedFor = false
        var waiting: CheckedContinuation<SourceEvent?, Never>?
    }

    private let state = Mutex(State())
    private let byteBound: Int
    /// Signalled when there is room again.
    private let wakeup: Wakeup

    init(byteBound: Int, wakeup: Wakeup) {
        self.byteBound = byteBound
        self.wakeup = wakeup
    }

    var isFull: Bool { state.withLock { $0.bytes > byteBound } }
    /// Whether the buffer is far above its bound, so that nothing may be added at all.
    var isOverfull: Bool { state.withLock { $0.bytes > 16 * byteBound } }
    var takenCount: Int { state.withLock { $0.taken } }
    var isAskedFor: Bool { state.withLock { $0.isAskedFor } }

    /// Appends an event; ignored once finished.
    func yield(_ event: SourceEvent) {
        let taker = state.withLock { state -> CheckedContinuation<SourceEvent?, Never>? in
            guard !state.isFinished else { return nil }
            if let waiting = state.waiting {
                state.waiting = nil
                state.taken += Self.count(of: event)
                return waiting
            }
            state.events.append(event)
            state.bytes += Self.bytes(of: event)
            return nil
        }
        taker?.resume(returning: event)
    }

    /// Ends the queue; buffered events may still be taken.
    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: nil)
    }

    /// Removes the deliveries of the closed channel that were not taken. Returns their number.
    @discardableResult
    func withdrawDeliveries() -> Int {
        state.withLock { state in
            let withdrawn = state.events[state.head...].reduce(0) { $0 + Self.count(of: $1) }
            state.events = state.events[state.head...].filter { if case .deliveries = $0 { false } else { true } }
            state.head = 0
            state.bytes = 0
            return withdrawn
        }
    }

    /// The next event; nil once finished, or if the task is cancelled.
    func next() async -> SourceEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> SourceEvent?? in
                    state.isAskedFor = true
                    if Task.isCancelled { return .some(nil) }
                    if state.head < state.events.count { return take(&state) }
                    if state.isFinished { return .some(nil) }
                    state.waiting = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(returning: nil)
        }
    }

    private func take(_ state: inout State) -> SourceEvent {
        // Moved out: a copy left in the array would keep the bodies in memory, up to 64 events of 4 MiB, uncounted.
        var event = SourceEvent.up
        swap(&event, &state.events[state.head])
        state.head += 1
        if state.head == state.events.count {
            state.events.removeAll(keepingCapacity: true)
            state.head = 0
        } else if state.head > 64 {
            state.events.removeFirst(state.head)
            state.head = 0
        }
        let wasFull = state.bytes > byteBound
        state.bytes -= Self.bytes(of: event)
        state.taken += Self.count(of: event)
        if wasFull && state.bytes <= byteBound { wakeup.signal() }
        return event
    }

    private static func count(of event: SourceEvent) -> Int {
        if case .deliveries(let deliveries) = event { deliveries.count } else { 0 }
    }

    private static func bytes(of event: SourceEvent) -> Int {
        guard case .deliveries(let deliveries) = event else { return 0 }
        return deliveries.reduce(0) { $0 + $1.body.count }
    }
}
