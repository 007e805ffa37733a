internal import Synchronization

/// Bounds what is decoded and not settled yet, in bytes of the messages as they came: a slow store slows the reading down
/// instead of filling the memory.
///
/// One task enters, lanes leave. A message larger than the bound passes when nothing else is in flight.
final class InFlightBytes: Sendable {
    private struct State {
        var bytes = 0
        var waiting: (room: Int, continuation: CheckedContinuation<Void, Never>)?
        var isOpen = false
    }

    private let bound: Int
    private let state = Mutex(State())

    init(bound: Int) { self.bound = bound }

    /// Waits until there is room, then counts the bytes in. Returns at once when the task is cancelled.
    func enter(_ bytes: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.isOpen || state.bytes == 0 || state.bytes + bytes <= bound { return true }
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
        state.withLock { $0.bytes += bytes }
    }

    func leave(_ bytes: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.bytes -= bytes
            guard let next = state.waiting, state.bytes == 0 || state.bytes + next.room <= bound else { return nil }
            state.waiting = nil
            return next.continuation
        }
        waiting?.resume()
    }
}
