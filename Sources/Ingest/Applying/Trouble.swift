package import Contracts

/// What a worker does after an error of the store, and for how long it waits: no answer holds a lane without an end, but for
/// those that say that the store is away. Pure.
package struct Trouble {
    package enum Step: Equatable {
        /// Retry after this delay.
        case wait(Duration)
        /// Treat as refused: leave something out.
        case split
    }

    /// Retries of unclassified errors: about ten seconds.
    package static let unknownTries = 8
    /// Milliseconds after which other transactions cannot be the cause: three times their maximum lifetime on a server.
    package static let contentionPatience: Int64 = 180_000
    /// Delay between retries of errors that need an operator.
    static let longWait = Duration.seconds(30)
    /// Delay before a refusal counts that another's transaction may have caused.
    static let contentionPause = Duration.milliseconds(50)

    private var backOff = Backoff()
    private var attempts = 0
    /// Time of the first error, in milliseconds since 1970; nil if none.
    package private(set) var since: Int64?
    /// It has waited once for another's transaction; not again for this batch.
    private var hasPaused = false
    /// It has waited long enough for a temporary error; not again for this batch.
    private var isImpatient = false

    package init() {}

    /// `now`: milliseconds since 1970. `chance`: a random number from 0 up to 1.
    package mutating func next(after error: StoreError, now: Int64, chance: Double) -> Step {
        switch error.kind {
        case .refused:
            guard error.isContention, !hasPaused else { return .split }
            hasPaused = true
            return .wait(Self.contentionPause)
        case .unknown:
            note(now)
            if attempts >= Self.unknownTries { isImpatient = true }
        case .unavailable, .gaveWay:
            note(now)
            guard error.isContention else { return .wait(backOff.wait(chance: chance)) }
            if now - (since ?? now) >= Self.contentionPatience { isImpatient = true }
        }
        return isImpatient ? .split : .wait(backOff.wait(chance: chance))
    }

    /// Nothing more can be left out. Returns the start of the trouble.
    package mutating func isStuck(now: Int64) -> Int64 {
        note(now)
        return since ?? now
    }

    /// Whether there was trouble.
    package mutating func end() -> Bool {
        defer {
            since = nil
            attempts = 0
            backOff.reset()
        }
        return since != nil
    }

    private mutating func note(_ now: Int64) {
        attempts += 1
        since = since ?? now
    }
}
