internal import Synchronization

/// Bounds decoded, unsettled messages in items and original bytes (backpressure): a slow store slows reading instead of
/// filling the memory.
///
/// Dispatchers enter, lanes leave. A message is admitted if its bytes fit and the item limit is not reached (its own
/// item count is known only after decoding), or if nothing else is in flight. Waiters are admitted in order. Once
/// closed, none is.
final class InFlight: Sendable {
    private struct Waiting {
        let room: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var messages = 0
        var items = 0
        var bytes = 0
        /// At most one for each dispatcher.
        var waiting: [Waiting] = []
        var isClosed = false
        /// Admitted messages waiting until all others are settled; meanwhile none is admitted.
        var atBarrier: [CheckedContinuation<Bool, Never>] = []
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) { self.limits = limits }

    /// Waits for room, then counts the message. False at once if closed or the task is cancelled: the message must not
    /// be decoded, and stays with its source.
    func enter(bytes: Int) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state -> Bool? in
                    if state.isClosed || Task.isCancelled { return false }
                    if state.waiting.isEmpty && hasRoom(for: bytes, state) {
                        Self.count(bytes, in: &state)
                        return true
                    }
                    state.waiting.append(Waiting(room: bytes, continuation: continuation))
                    return nil
                }
                if let passes { continuation.resume(returning: passes) }
            }
        } onCancel: {
            close()
        }
    }

    /// Admits no more messages, and refuses waiting ones.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.continuation.resume(returning: false) }
    }

    /// Waits, for an admitted message, until every other one is settled or waits here too. False if the task is
    /// cancelled.
    func settleOthers() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let released = state.withLock { state -> [CheckedContinuation<Bool, Never>]? in
                    if Task.isCancelled { return nil }
                    state.atBarrier.append(continuation)
                    return Self.leaveBarrier(&state)
                }
                guard let released else { return continuation.resume(returning: false) }
                for one in released { one.resume(returning: true) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.atBarrier = [] }
                return state.atBarrier
            }
            for one in waiting { one.resume(returning: false) }
        }
    }

    private static func leaveBarrier(_ state: inout State) -> [CheckedContinuation<Bool, Never>] {
        guard state.messages == state.atBarrier.count else { return [] }
        defer { state.atBarrier = [] }
        return state.atBarrier
    }

    /// Counts a further part of an admitted message, with the same size.
    func enterPart(bytes: Int) { state.withLock { Self.count(bytes, in: &$0) } }

    /// Sets the number of items of an admitted message, and its additional weight. A message of many batches counts as
    /// one batch: no more is prepared at a time, and blocking small messages of other lanes behind it would save
    /// nothing.
    func count(items: Int, furtherBytes: Int) {
        state.withLock { state in
            state.items += counted(items)
            state.bytes += furtherBytes
        }
    }

    private func counted(_ items: Int) -> Int { min(items, limits.batchItems) }

    func leave(bytes: Int, items: Int) {
        let (waiting, released) = state.withLock { state -> ([Waiting], [CheckedContinuation<Bool, Never>]) in
            state.messages -= 1
            state.bytes -= bytes
            state.items -= counted(items)
            let released = Self.leaveBarrier(&state)
            var passing = 0
            while passing < state.waiting.count, hasRoom(for: state.waiting[passing].room, state) {
                Self.count(state.waiting[passing].room, in: &state)
                passing += 1
            }
            defer { state.waiting.removeFirst(passing) }
            return (Array(state.waiting.prefix(passing)), released)
        }
        for one in released { one.resume(returning: true) }
        for one in waiting { one.continuation.resume(returning: true) }
    }

    private static func count(_ bytes: Int, in state: inout State) {
        state.messages += 1
        state.bytes += bytes
    }

    private func hasRoom(for bytes: Int, _ state: State) -> Bool {
        guard state.atBarrier.isEmpty else { return false }
        return state.messages == 0
            || (state.bytes + bytes <= limits.inFlightBytes && state.items < limits.inFlightItems)
    }
}
