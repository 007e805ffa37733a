internal import Synchronization

/// A batch's place in its stream. Two batches may be at work at once, but they become durable one after the other: whoever
/// looks at the store never sees a later message of a stream without the earlier ones.
///
/// A turn has one before it, or none, and one after it, or none. From any thread.
package final class CommitTurn: Sendable {
    private enum Fate {
        case pending
        /// It lost a race or met an error: who waits behind it with an open transaction may be what is in its way.
        case troubled
        case settled
        /// It will not be settled by this process any more.
        case abandoned
    }

    private struct State {
        var fate = Fate.pending
        /// Nil once nothing is before it any more.
        var before: CommitTurn?
        /// The batch behind it. `end`: it wants to know how this one ends, not only whether it is in trouble.
        var waiting: (continuation: CheckedContinuation<Fate, Never>, end: Bool)?
    }

    private let state: Mutex<State>

    package init(after before: CommitTurn? = nil) { state = Mutex(State(before: before)) }

    /// One that never comes: what is written under it is dropped again, and tells only that the store would take it.
    static func never() -> CommitTurn {
        let before = CommitTurn()
        before.abandon()
        return CommitTurn(after: before)
    }

    // MARK: By the batch whose turn this is

    /// Waits for the batch before this one to be durable. False where that one is in trouble or the task is cancelled: this
    /// one must drop what it has written, and may try again after ``follow()``.
    package func mayCommit() async -> Bool {
        guard let before = state.withLock({ $0.before }) else { return true }
        return await before.fate(end: false) == .settled
    }

    /// Waits for the end of the batch before this one. False where there will be none, or the task is cancelled.
    package func follow() async -> Bool {
        guard let before = state.withLock({ $0.before }) else { return true }
        guard await before.fate(end: true) == .settled else { return false }
        state.withLock { $0.before = nil }
        return true
    }

    /// The batch lost a race or met an error, and tries again: the one behind it gives way.
    package func meetTrouble() { become(.troubled) }

    /// All of the batch is durable.
    package func settle() { become(.settled) }

    /// The batch will not be settled by this process any more. Without effect once it is.
    package func abandon() { become(.abandoned) }

    // MARK: The one behind

    private func become(_ fate: Fate) {
        let woken = state.withLock { state -> CheckedContinuation<Fate, Never>? in
            if state.fate == .settled { return nil }
            state.fate = fate
            if fate != .troubled { state.before = nil }
            guard let waiting = state.waiting, fate != .troubled || !waiting.end else { return nil }
            state.waiting = nil
            return waiting.continuation
        }
        woken?.resume(returning: fate)
    }

    private func fate(end: Bool) async -> Fate {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Fate? in
                    if Task.isCancelled { return .abandoned }
                    if state.fate != .pending && !(end && state.fate == .troubled) { return state.fate }
                    precondition(state.waiting == nil, "two batches behind one")
                    state.waiting = (continuation, end)
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.continuation.resume(returning: .abandoned)
        }
    }
}
