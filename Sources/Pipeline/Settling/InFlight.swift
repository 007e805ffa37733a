internal import Synchronization

/// Bounds what is decoded and not settled yet, in items and in bytes of the messages as they came: a slow store slows the
/// reading down instead of filling the memory.
///
/// One task enters, lanes leave. A message passes when there is room for its bytes and not too many items are there
/// already (how many it has itself is known only when it is decoded), or when nothing else is in flight.
final class InFlight: Sendable {
    private struct State {
        var messages = 0
        var items = 0
        var bytes = 0
        var waiting: (room: Int, continuation: CheckedContinuation<Void, Never>)?
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
                    if state.isOpen || hasRoom(for: bytes, state) { return true }
                    state.waiting = (bytes, continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.isOpen = true
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.continuation.resume()
        }
        state.withLock { state in
            state.messages += 1
            state.bytes += bytes
        }
    }

    /// Tells how many items the message that entered last has. One of many batches counts as one batch: it is there as a
    /// whole anyway, and holding back the small ones behind it, which other lanes could settle, would save nothing.
    func count(items: Int) { state.withLock { $0.items += counted(items) } }

    private func counted(_ items: Int) -> Int { min(items, limits.batchItems) }

    func leave(bytes: Int, items: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.messages -= 1
            state.bytes -= bytes
            state.items -= counted(items)
            guard let next = state.waiting, hasRoom(for: next.room, state) else { return nil }
            state.waiting = nil
            return next.continuation
        }
        waiting?.resume()
    }

    private func hasRoom(for bytes: Int, _ state: State) -> Bool {
        state.messages == 0
            || (state.bytes + bytes <= limits.inFlightBytes && state.items < limits.inFlightItems)
    }
}
