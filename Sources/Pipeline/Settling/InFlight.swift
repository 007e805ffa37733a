internal import Synchronization

/// Bounds what is decoded and not settled yet, in items and in bytes of the messages as they came: a slow store slows the
/// reading down instead of filling the memory.
///
/// Dispatchers enter, lanes leave. A message passes when there is room for its bytes and not too many items are there
/// already (how many it has itself is known only when it is decoded), or when nothing else is in flight; those that wait
/// pass in the order in which they came. Once it is closed, none passes any more.
final class InFlight: Sendable {
    private struct Waiting {
        let room: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var messages = 0
        var items = 0
        var bytes = 0
        /// One for each dispatcher at most.
        var waiting: [Waiting] = []
        var isClosed = false
        /// Messages that have entered and wait until all others are settled; meanwhile none enters.
        var atBarrier: [CheckedContinuation<Bool, Never>] = []
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) { self.limits = limits }

    /// Waits until there is room, then counts the message in. False, at once, when it is closed or the task is cancelled: the
    /// message is not to be decoded, and stays with its source.
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

    /// Lets no further message in, and turns away those that wait.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.continuation.resume(returning: false) }
    }

    /// Waits, for a message that has entered, until every other one is settled or waits here too. False when the task is
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

    /// Counts in one more part of a message that has entered, which takes as much again.
    func enterPart(bytes: Int) { state.withLock { Self.count(bytes, in: &$0) } }

    /// Tells how many items a message that has entered holds, and what it weighs more than the bytes that it entered with. One
    /// of many batches counts as one batch: no more of it is prepared at a time, and holding back the small ones behind it,
    /// which other lanes could settle, would save nothing.
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
