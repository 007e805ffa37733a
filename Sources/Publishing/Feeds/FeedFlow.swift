internal import BSON
internal import Contracts
internal import JSON
internal import Synchronization

/// What the batches of a feed have in common while one holds its lease: which are under way, how fast it goes, how far it
/// has come. From any thread; ``enter(_:)`` by one task.
final class FeedFlow: Sendable {
    /// Batches between reading and their durable outcome.
    static let batchesAtOnce = 4

    private struct State {
        var underWay = 0
        var ids: Set<BSONValue> = []
        var rows: Set<ByteString> = []
        /// Documents read at a time: few where the last ones failed, and then more and more.
        var pace: Int
        /// Nothing has been confirmed since the destination failed.
        var isProbing = false
        /// Why this pass must end: the destination takes nothing.
        var hold: String?
        /// A batch of this pass was given up; what was behind it is read again.
        var isAbandoned = false
        var isTroubled = false
        /// Documents of this pass that have changed before they were marked.
        var changed = 0
        var run: FeedRun?
        var mark: FeedCheckpoint?
        var token: [UInt8]?
    }

    private let most: Int
    private let state: Mutex<State>
    private let signal = Signal()

    init(most: Int, rows: Set<ByteString>, mark: FeedCheckpoint?, token: [UInt8]?) {
        self.most = most
        state = Mutex(State(rows: rows, pace: most, mark: mark, token: token))
    }

    // MARK: By the one who reads

    var rows: Set<ByteString> { state.withLock { $0.rows } }
    var mark: FeedCheckpoint? { state.withLock { $0.mark } }
    /// What is behind it is durable.
    var token: [UInt8]? { state.withLock { $0.token } }
    var pace: Int { state.withLock { $0.pace } }
    var hold: String? { state.withLock { $0.hold } }
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }
    var changed: Int { state.withLock { $0.changed } }
    /// Whether more may be read.
    var goesOn: Bool { state.withLock { $0.hold == nil && !$0.isAbandoned } }

    var run: FeedRun? { state.withLock { $0.run } }

    func begin(_ run: FeedRun?) { state.withLock { $0.run = run } }

    func beginPass() {
        state.withLock { state in
            state.hold = nil
            state.isAbandoned = false
            state.changed = 0
        }
    }

    /// The feed begins again elsewhere.
    func rewind(to mark: FeedCheckpoint?) { state.withLock { $0.mark = mark } }

    func begin(rows: Set<ByteString>) { state.withLock { $0.rows = rows } }

    /// The change stream begins here, and nothing of it is under way.
    func begin(token: [UInt8]) { state.withLock { $0.token = token } }

    var isIdle: Bool { state.withLock { $0.underWay == 0 } }

    /// As a decision sees it, without what only the reader knows.
    var seen: FeedDecision.Flow {
        state.withLock { state in
            FeedDecision.Flow(
                hold: state.hold, isAbandoned: state.isAbandoned, isIdle: state.underWay == 0, changed: state.changed,
                token: state.token)
        }
    }

    /// Another change stream takes the place of the one before.
    func forgetToken() { state.withLock { $0.token = nil } }

    /// Waits until there is room for a batch, and none under way holds one of its documents: of two versions of a document
    /// the first must be confirmed before the second is sent. False when the pass is at its end.
    func enter(_ ids: [BSONValue]) async -> Bool {
        while !Task.isCancelled {
            let answer = state.withLock { state -> Bool? in
                if state.hold != nil || state.isAbandoned { return false }
                let limit = state.pace < most ? 1 : Self.batchesAtOnce
                guard state.underWay < limit, ids.allSatisfy({ !state.ids.contains($0) }) else { return nil }
                state.underWay += 1
                state.ids.formUnion(ids)
                return true
            }
            if let answer { return answer }
            await signal.wait()
        }
        return false
    }

    /// Waits, where the pace is slow, until it is known what became of the batch before.
    func untilKnown() async {
        while !Task.isCancelled, state.withLock({ $0.pace < most && $0.underWay > 0 }) { await signal.wait() }
    }

    // MARK: By the batches

    func leave(_ ids: [BSONValue]) {
        state.withLock { state in
            state.underWay -= 1
            state.ids.subtract(ids)
        }
        signal.ring()
    }

    func abandon() { state.withLock { $0.isAbandoned = true } }

    /// Most of a batch was given back or refused. True where what failed is to be recorded: it is not when others before it
    /// failed too, for there is no end to that, and all of it is still in its collection.
    func fail(_ reason: String) -> Bool {
        state.withLock { state in
            let isFirst = state.hold == nil && !state.isProbing
            state.hold = reason
            state.isProbing = true
            state.pace = 1
            return isFirst
        }
    }

    /// A batch's outcome is durable.
    func settled(_ outcome: FeedBatchOutcome, changed: Int) {
        state.withLock { state in
            state.rows.formUnion(outcome.newRows)
            state.rows.subtract(outcome.goneRows)
            state.changed += changed
            if let mark = outcome.mark { state.mark = mark }
            if let token = outcome.token { state.token = token }
            state.run?.add(outcome)
            guard outcome.confirmed > 0, state.hold == nil else { return }
            state.isProbing = false
            state.pace = min(most, state.pace * 2)
        }
    }

    /// The mark that a batch moves the present one to; nil where it does not. A stretch that is read again lies behind it, and
    /// so may news.
    func mark(with next: FeedCheckpoint?, isNews: Bool) -> FeedCheckpoint? {
        guard let next, let mark else { return next }
        if mark.value == next.value { return isNews ? nil : next }
        return mark.isBehind(next.value) ? next : nil
    }

    /// The run with this batch.
    func run(with outcome: FeedBatchOutcome) -> FeedRun? {
        var run = run
        run?.add(outcome)
        return run
    }

    /// Whether nothing has been confirmed since the destination failed.
    var isProbing: Bool { state.withLock { $0.isProbing } }

    var isInTrouble: Bool { state.withLock { $0.isTroubled } }

    /// Whether this is news.
    func isTroubled(_ isTroubled: Bool) -> Bool {
        state.withLock { state in
            defer { state.isTroubled = isTroubled }
            return state.isTroubled != isTroubled
        }
    }
}

/// What became of a batch, counted.
struct FeedBatchOutcome: Sendable {
    var documents = 0
    var confirmed = 0
    var returned = 0
    var refused = 0
    var unsendable = 0
    var unrenderable = 0
    /// In place of an older version in its row.
    var replaced = 0
    var skipped = 0
    var newRows: Set<ByteString> = []
    var goneRows: Set<ByteString> = []
    var mark: FeedCheckpoint?
    var token: [UInt8]?

    /// Postings that are rows now.
    var failed: Int { returned + refused + unsendable + unrenderable + replaced }
}

extension FeedRun {
    mutating func add(_ outcome: FeedBatchOutcome) {
        documents += outcome.documents
        confirmed += outcome.confirmed
        failed += outcome.failed
        skipped += outcome.skipped
    }
}
