internal import Documents
internal import Synchronization

/// How a feed is doing, for `gateway feeds list`, `/readyz`, metrics and the banner.
package struct FeedStatus: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// For its next run, or for changes.
        case waiting
        case running
        /// By an order of a person.
        case paused
        /// It does not run here; why.
        case disabled(String)
        /// Something is in its way, and it tries again: what, and the remedy.
        case holding(String)

        package var word: String {
            switch self {
            case .waiting: "waiting"
            case .running: "running"
            case .paused: "paused"
            case .disabled: "disabled"
            case .holding: "holding"
            }
        }

        package var reason: String? {
            switch self {
            case .waiting, .running, .paused: nil
            case .disabled(let reason), .holding(let reason): reason
            }
        }
    }

    package var name: String
    /// Whether this gateway publishes it.
    package var isHolder = false
    /// Who does, where it is another one.
    package var holder: String?
    package var state = State.waiting
    /// Milliseconds since 1970 of the last change of the kind of state.
    package var since: Int64
    package var lastRun: FeedRun?
    package var nextRunAt: Int64?
    /// All that was stored by then is published; milliseconds since 1970. Nil: not known yet.
    package var publishedUntil: Int64?
    /// Rows of the feed in `gateway.postings`.
    package var failed = 0
    /// What went wrong and has been mended since, such as a change stream that could not be resumed.
    package var notice: String?
    /// What a person should do though it works, such as creating an index.
    package var advice: Advice?

    package struct Advice: Sendable, Equatable {
        package var words: String
        /// Milliseconds since 1970.
        package var since: Int64
    }

    package init(name: String, now: Int64) {
        self.name = name
        since = now
    }

    /// The age, in seconds, that a document may have and not be published. Nil for those who do not hold the lease.
    package func lagSeconds(now: Int64) -> Double? {
        guard isHolder else { return nil }
        return Double(max(0, now.subtractingClamped(publishedUntil ?? since))) / 1000
    }
}

/// What became of a document, as metrics count it (`gateway_postings_total{feed,outcome}`).
package enum FeedOutcome: String, Sendable, CaseIterable {
    case confirmed, returned, refused, unsendable, unrenderable, skipped
}

/// Is told what feeds do. Called from any thread: must be quick and must not block.
package protocol FeedObserver: Sendable {
    /// Documents whose outcome is durable.
    func settled(feed: String, outcome: FeedOutcome, count: Int)
    /// Something a person should read, once.
    func noticed(feed: String, _ notice: FeedNotice)
}

package enum FeedNotice: Sendable, Equatable {
    case tookLease
    case lostLease
    case runDone(FeedRun)
    /// It cannot go on for now, and tries again.
    case holding(String)
    case goesOn
    /// What somebody should look at: the words are for people.
    case warning(String)
}

/// The current ``FeedStatus``: written by the runner, read by anyone, from any thread.
final class FeedBoard: Sendable {
    private let state: Mutex<FeedStatus>
    private let now: @Sendable () -> Int64

    init(name: String, now: @escaping @Sendable () -> Int64) {
        self.now = now
        state = Mutex(FeedStatus(name: name, now: now()))
    }

    var status: FeedStatus { state.withLock { $0 } }

    func change(_ body: (inout FeedStatus) -> Void) {
        let time = now()
        state.withLock { status in
            let word = status.state.word
            body(&status)
            if status.state.word != word { status.since = time }
        }
    }
}
