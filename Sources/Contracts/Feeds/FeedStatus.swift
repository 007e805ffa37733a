internal import JSON
internal import Synchronization

/// Status of a feed, for `gateway feeds list`, `/readyz`, metrics and the banner.
package struct FeedStatus: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Waiting for its next run, or for changes.
        case waiting
        case running
        /// Paused by an operator.
        case paused
        /// Not run here; the reason.
        case disabled(String)
        /// Retrying with backoff: reason and remedy.
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
    /// Whether this gateway holds its lease.
    package var isHolder = false
    /// The leaseholder, if another gateway.
    package var holder: String?
    package var state = State.waiting
    /// Time of the last change of state, in milliseconds since 1970.
    package var since: Int64
    package var lastRun: FeedRun?
    package var nextRunAt: Int64?
    /// Everything stored by then is published; milliseconds since 1970. Nil: unknown yet.
    package var publishedUntil: Int64?
    /// Rows of the feed in `gateway.postings`.
    package var failed = 0
    /// A problem resolved since, such as a change stream that could not be resumed.
    package var notice: String?
    /// A recommendation, such as creating an index.
    package var advice: Advice?

    package struct Advice: Sendable, Equatable {
        package var words: String
        /// Milliseconds since 1970.
        package var since: Int64

        package init(words: String, since: Int64) {
            self.words = words
            self.since = since
        }
    }

    package init(name: String, now: Int64) {
        self.name = name
        since = now
    }

    /// Maximum age, in seconds, of an unpublished document. Nil without the lease.
    package func lagSeconds(now: Int64) -> Double? {
        guard isHolder else { return nil }
        return Double(max(0, now.subtractingClamped(publishedUntil ?? since))) / 1000
    }
}

/// Result of a document, as counted in metrics (`gateway_postings_total{feed,outcome}`).
package enum FeedOutcome: String, Sendable, CaseIterable {
    case confirmed, returned, refused, unsendable, unrenderable, skipped
}

/// Observes feeds. Called on any thread: must be quick and must not block.
package protocol FeedObserver: Sendable {
    /// Documents whose result is durable.
    func settled(feed: String, outcome: FeedOutcome, count: Int)
    /// Something for people, once.
    func noticed(feed: String, _ notice: FeedNotice)
}

package enum FeedNotice: Sendable, Equatable {
    case tookLease
    case lostLease
    case runDone(FeedRun)
    /// Backing off and retrying.
    case holding(String)
    case goesOn
    /// A warning for people.
    case warning(String)
}

/// The current ``FeedStatus``: written by the runner, read by anyone, from any thread.
package final class FeedBoard: Sendable {
    private let state: Mutex<FeedStatus>
    private let now: @Sendable () -> Int64

    package init(name: String, now: @escaping @Sendable () -> Int64) {
        self.now = now
        state = Mutex(FeedStatus(name: name, now: now()))
    }

    package var status: FeedStatus { state.withLock { $0 } }

    package func change(_ body: (inout FeedStatus) -> Void) {
        let time = now()
        state.withLock { status in
            let word = status.state.word
            body(&status)
            if status.state.word != word { status.since = time }
        }
    }
}
