internal import Synchronization

/// Bounds what is decoded and not settled yet, in items and in bytes of the messages as they came: a slow store slows the
/// reading down instead of filling the memory.
///
/// Dispatchers enter, lanes leave. A message passes when there is room for its bytes and not too many items are there
/// already (how many it has itself is known only when it is decoded), or when nothing else is in flight; those that wait
/// pass in the order in which they came.
final class InFlight: Sendable {
    private struct Waiting {
        let room: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var messages = 0
        var items = 0
        var bytes = 0
        /// One for each dispatcher at most.
        var waiting: [Waiting] = []
        var isOpen = false
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) { self.limits = limits }

    /// Waits until there is room, then counts the message in. Returns at once when the task is cancelled.
    func enter(bytes: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.isOpen || (state.waiting.isEmpty && hasRoom(for: bytes, state)) {
                        Self.count(bytes, in: &state)
                        return true
                    }
                    state.waiting.append(Waiting(room: bytes, continuation: continuation))
                    return false
                }
                if isFree { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.isOpen = true
                for one in state.waiting { Self.count(one.room, in: &state) }
                defer { state.waiting = [] }
                return state.waiting
            }
            for one in waiting { one.continuation.resume() }
        }
    }

    /// Counts in one more part of a message that has entered, which takes as much again.
    func enterPart(bytes: Int) { state.withLock { Self.count(bytes, in: &$0) } }

    /// Tells how many items a message that has entered holds. One of many batches counts as one batch: it is there as a
    /// whole anyway, and holding back the small ones behind it, which other lanes could settle, would save nothing.
    func count(items: Int) { state.withLock { $0.items += counted(items) } }

    private func counted(_ items: Int) -> Int { min(items, limits.batchItems) }

    func leave(bytes: Int, items: Int) {
        let waiting = state.withLock { state -> [Waiting] in
            state.messages -= 1
            state.bytes -= bytes
            state.items -= counted(items)
            var passing = 0
            while passing < state.waiting.count, hasRoom(for: state.waiting[passing].room, state) {
                Self.count(state.waiting[passing].room, in: &state)
                passing += 1
            }
            guard passing > 0 else { return [] }
            defer { state.waiting.removeFirst(passing) }
            return Array(state.waiting.prefix(passing))
        }
        for one in waiting { one.continuation.resume() }
    }

    private static func count(_ bytes: Int, in state: inout State) {
        state.messages += 1
        state.bytes += bytes
    }

    private func hasRoom(for bytes: Int, _ state: State) -> Bool {
        state.messages == 0
            || (state.bytes + bytes <= limits.inFlightBytes && state.items < limits.inFlightItems)
    }
}
