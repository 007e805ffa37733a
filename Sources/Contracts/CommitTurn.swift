internal import Synchronization

/// Orders the commits of one stream: two batches may be in progress at once, but they become durable one after the
/// other, so that no reader of the store sees a later message of a stream without the earlier ones.
///
/// A doubly linked chain: a turn has at most one predecessor and one successor. Thread-safe.
package final class CommitTurn: Sendable {
    private enum Fate {
        case pending
        /// It lost a race or met an error. The successor's open transaction may be the cause.
        case troubled
        case settled
        /// This process will not settle it any more.
        case abandoned
    }

    private struct State {
        var fate = Fate.pending
        /// Nil once the predecessor has ended.
        var before: CommitTurn?
        /// The waiting successor. `end`: it waits for the end of this turn, not only for trouble.
        var waiting: (continuation: CheckedContinuation<Fate, Never>, end: Bool)?
    }

    private let state: Mutex<State>

    package init(after before: CommitTurn? = nil) { state = Mutex(State(before: before)) }

    /// One that never comes: what is written under it is dropped again, and tells only that the store would take it.
    package static func never() -> CommitTurn {
        let before = CommitTurn()
        before.abandon()
        return CommitTurn(after: before)
    }

    // MARK: By the batch whose turn this is

    /// Waits until the previous batch is durable. False if that one is in trouble or the task is cancelled: this batch
    /// must roll back, and may try again after ``follow()``.
    package func mayCommit() async -> Bool {
        guard let before = state.withLock({ $0.before }) else { return true }
        return await before.fate(end: false) == .settled
    }

    /// Whether the previous batch may still be open: its uncommitted writes may conflict with this one's.
    package var isBehind: Bool { state.withLock { $0.before != nil } }

    /// Waits for the end of the previous batch. False if it never ends, or the task is cancelled.
    package func follow() async -> Bool {
        guard let before = state.withLock({ $0.before }) else { return true }
        guard await before.fate(end: true) == .settled else { return false }
        state.withLock { $0.before = nil }
        return true
    }

    /// The batch lost a race or met an error and tries again: the successor gives way.
    package func meetTrouble() { become(.troubled) }

    /// The whole batch is durable.
    package func settle() { become(.settled) }

    /// This process will not settle the batch any more. No effect once settled.
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
