internal import Contracts
internal import Synchronization

/// A lane's queue and its batches in progress. The dispatcher appends; the lane's workers take batches.
///
/// A second batch starts beside the first only if a full one is waiting: below that, growing it is cheaper than another
/// transaction. Bounded by the consumer's prefetch.
final class LaneQueue: Sendable {
    /// A batch to be settled.
    struct Work: Sendable {
        let batch: Batch
        let keys: BatchKeys
        let turn: CommitTurn
        /// It overlaps with a batch in progress, and must start after that one has ended.
        let mustFollow: Bool
        /// Greater than those of the lane's earlier batches.
        let stamp: PostingStamp
    }

    private struct State {
        var batcher: Batcher
        var atWork: [Work] = []
        /// A worker is cutting a batch: its keys are not known yet.
        var isCutting = false
        var isFinished = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private enum Step {
        /// Prepare the next items of a long message before a batch can be cut.
        case prepare(ItemsLeft)
        case cut(Batch)
        case wait
        case end
    }

    private let state: Mutex<State>

    private let newStamp: @Sendable () -> PostingStamp

    /// `newStamp`: returns stamps in increasing order.
    init(limits: Limits, newStamp: @escaping @Sendable () -> PostingStamp) {
        state = Mutex(State(batcher: Batcher(limits: limits)))
        self.newStamp = newStamp
    }

    // MARK: The dispatcher

    func append(_ message: PreparedMessage) {
        change { $0.batcher.append(message) }
    }

    /// No more messages will come; workers end when all are settled.
    func finish() {
        change { $0.isFinished = true }
    }

    // MARK: Workers

    /// The next batch; nil once finished and empty, or if the task is cancelled. The calling worker prepares its items,
    /// so that a lane prepares the next part of a long message while the previous one is being written.
    func next(_ preparer: ItemPreparer) async -> Work? {
        while !Task.isCancelled {
            switch state.withLock({ Self.step(&$0) }) {
            case .prepare(let left):
                let part = preparer.next(left)
                change { state in
                    state.batcher.supply(part)
                    state.isCutting = false
                }
            case .cut(let batch): return begin(batch)
            case .end: return nil
            case .wait: await wait()
            }
        }
        return nil
    }

    /// The batch is durable, or abandoned.
    func end(_ work: Work) {
        change { state in state.atWork.removeAll { $0.turn === work.turn } }
    }

    private func begin(_ batch: Batch) -> Work {
        let keys = BatchKeys(batch)
        return change { state in
            let work = Work(
                batch: batch, keys: keys, turn: CommitTurn(after: state.atWork.last?.turn),
                mustFollow: state.atWork.contains { $0.keys.overlaps(keys) }, stamp: newStamp())
            state.atWork.append(work)
            state.isCutting = false
            return work
        }
    }

    private static func step(_ state: inout State) -> Step {
        if state.batcher.isEmpty && state.isFinished { return .end }
        guard mayCut(state) else { return .wait }
        if let left = state.batcher.missing {
            state.isCutting = true
            return .prepare(left)
        }
        guard let batch = state.batcher.batch() else { return .wait }
        state.isCutting = true
        return .cut(batch)
    }

    private static func mayCut(_ state: State) -> Bool {
        !state.isCutting && !state.batcher.isEmpty && (state.atWork.isEmpty || state.batcher.hasFullBatch)
    }

    // MARK: Waiting

    /// Changes the state and wakes workers if there may be work.
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, woken) = state.withLock { state -> (Result, [CheckedContinuation<Void, Never>]) in
            let result = body(&state)
            guard Self.mayCut(state) || state.isFinished else { return (result, []) }
            defer { state.waiting = [] }
            return (result, state.waiting)
        }
        for continuation in woken { continuation.resume() }
        return result
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if Self.mayCut(state) || (state.isFinished && state.batcher.isEmpty) { return true }
                state.waiting.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
    }
}
