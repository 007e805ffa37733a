/// What a worker does after an error of the store, and for how long it waits: no answer holds a lane without an end, but for
/// those that say that the store is away. Pure.
package struct Trouble {
    package enum Step: Equatable {
        /// Try the same again after this pause.
        case wait(Duration)
        /// It counts as refused: leave out something.
        case split
    }

    /// Tries of what failed in a way that nobody knows: about ten seconds.
    package static let unknownTries = 8
    /// Milliseconds after which others' transactions cannot be what is in the way: three times as long as a server lets one
    /// live.
    package static let contentionPatience: Int64 = 180_000
    /// Between tries of what cannot be helped from here.
    static let longWait = Duration.seconds(30)
    /// Before a refusal counts that a transaction of somebody else may have caused.
    static let contentionPause = Duration.milliseconds(50)

    private var backOff = BackOff()
    private var attempts = 0
    /// Milliseconds since 1970 of the first error; nil while all is well.
    package private(set) var since: Int64?
    /// It has waited once for what may be another's transaction; with this batch it does not again.
    private var hasPaused = false
    /// It has waited long enough for an error to pass; with this batch it does not again.
    private var isImpatient = false

    package init() {}

    package mutating func next(after error: StoreError, now: Int64) -> Step {
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
            guard error.isContention else { return .wait(backOff.wait()) }
            if now - (since ?? now) >= Self.contentionPatience { isImpatient = true }
        }
        return isImpatient ? .split : .wait(backOff.wait())
    }

    /// Nothing can be left out any more. Returns since when there is trouble.
    package mutating func isStuck(now: Int64) -> Int64 {
        note(now)
        return since ?? now
    }

    /// Whether there was any that it waited for.
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
