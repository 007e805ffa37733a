internal import Contracts
internal import JSON

/// What the session of a feed does next. Decides only, from values; ``FeedSession`` reads them, asks, and does it.
///
/// Pure: the same row, time, stream and flow always give the same action.
struct FeedDecision: Sendable {
    /// The feed's change stream.
    enum Stream: Equatable, Sendable {
        /// The store has none, or the feed does not follow changes.
        case none
        /// It must be opened before changes can be followed.
        case closed
        /// It could not be opened a moment ago.
        case unavailable
        /// The store cannot go on from the saved place; why, in words for a person.
        case lost(String)
        /// What it brought last is taken.
        case open
        /// It brought nothing when it was last asked, and stands at this place.
        case quiet(token: [UInt8])
    }

    /// What is under way while the lease is held.
    struct Flow: Equatable, Sendable {
        enum Activity: Equatable, Sendable {
            case none
            /// Pass `pass` of a run, from 0. `isAtEnd`: nothing is left to be read.
            case run(pass: Int, isAtEnd: Bool)
            /// Changes are followed until a time, in milliseconds since 1970; nil: without an end.
            case follow(until: Int64?)
        }

        /// The lease is certainly held, and the task is not cancelled.
        var isOurs = true
        var activity = Activity.none
        /// Why the store did not do what was last asked of it; nil where it did.
        var failure: String?
        /// Why the destination takes nothing; nil where it does.
        var hold: String?
        /// A batch was given up: what was behind it must be read again.
        var isAbandoned = false
        /// No batch is between its reading and its durable outcome.
        var isIdle = true
        /// Documents of this pass that changed before they were marked.
        var changed = 0
        /// The saved place in the change stream: all before it is durable.
        var token: [UInt8]?
        /// When the place was last saved; milliseconds since 1970.
        var tokenSavedAt: Int64 = 0

        /// Whether more may be read.
        var goesOn: Bool { hold == nil && !isAbandoned }
    }

    enum Action: Equatable, Sendable {
        /// End: the lease is lost, or the task is cancelled.
        case giveUp
        /// Report the reason, wait, and try again.
        case backOff(String)
        /// Begin again from elsewhere.
        case rewind(FeedRow.Rewind)
        /// Publish nothing until the row changes.
        case pause
        /// Wait for this time, in milliseconds since 1970, or for the row to change; nil: for the row alone.
        case wait(until: Int64?)
        /// Open the change stream at the saved place, or at its end where none is saved.
        case openStream
        /// Forget the saved place: all documents are read once instead.
        case forgetPlace(String)
        /// Publish all documents that are not published. `request`: the command to run that this answers.
        case run(request: Int64?)
        /// Publish changes as they are registered.
        case follow(until: Int64?)

        // During a run.

        /// Read and publish the next documents.
        case publishNext
        /// Wait for the outcome of the batches under way.
        case awaitBatches
        /// Read from the beginning of the run again: documents changed meanwhile.
        case readAgain
        /// All documents of the run are published.
        case finishRun

        // While changes are followed.

        /// Wait for changes, and publish them.
        case awaitChanges
        /// Save the place in the stream.
        case savePlace([UInt8])

        /// End the activity: something else must be done.
        case leave
    }

    /// Passes over documents that change all the time, within one run.
    static let passesOfRun = 3
    /// Milliseconds between two runs of a feed that has no schedule and cannot rely on changes.
    static let lookInterval: Int64 = 30_000
    /// Milliseconds after which the place is saved in a stream that brings nothing for this feed: the store forgets places.
    static let idleTokenInterval: Int64 = 30_000

    /// Whether the feed follows changes, where the store tells of them.
    var watches = false
    /// Whether several gateways share its documents.
    var isShared = false
    /// When the session began; milliseconds since 1970.
    var began: Int64 = 0
    /// The first time of a run after a time, both in milliseconds since 1970; nil: there is no schedule.
    var nextRun: @Sendable (Int64) -> Int64? = { _ in nil }

    /// `row`: commands of people as they were last read, everything else as this session wrote it. `now`: milliseconds since
    /// 1970.
    func next(_ row: FeedRow, now: Int64, stream: Stream, flow: Flow) -> Action {
        switch flow.activity {
        case .none: idle(row, now: now, stream: stream, flow: flow)
        case .run(let pass, let isAtEnd): running(row, flow, pass: pass, isAtEnd: isAtEnd)
        case .follow(let until): following(row, now: now, stream: stream, flow: flow, until: until)
        }
    }

    private func idle(_ row: FeedRow, now: Int64, stream: Stream, flow: Flow) -> Action {
        guard flow.isOurs else { return .giveUp }
        if let reason = flow.failure ?? flow.hold { return .backOff(reason) }
        if let rewind = row.openRewind { return .rewind(rewind) }
        if row.isPaused { return .pause }
        switch stream {
        case .closed: return .openStream
        case .lost(let reason): return .forgetPlace(reason)
        case .none, .unavailable, .open, .quiet: break
        }
        let due = due(row, stream: stream)
        if let due, due <= now { return .run(request: row.openRequest) }
        switch stream {
        case .none: return .wait(until: due)
        case .closed, .lost, .unavailable: return .openStream
        case .open, .quiet: return .follow(until: due)
        }
    }

    private func running(_ row: FeedRow, _ flow: Flow, pass: Int, isAtEnd: Bool) -> Action {
        guard flow.isOurs, flow.goesOn else { return .leave }
        if isAtEnd {
            guard flow.isIdle else { return .awaitBatches }
            return flow.changed == 0 || pass + 1 >= Self.passesOfRun ? .finishRun : .readAgain
        }
        return row.isPaused || row.openRewind != nil ? .leave : .publishNext
    }

    private func following(_ row: FeedRow, now: Int64, stream: Stream, flow: Flow, until: Int64?) -> Action {
        guard flow.isOurs, flow.goesOn, !row.isPaused, row.openRewind == nil, row.openRequest == nil else {
            return .leave
        }
        if let until, until <= now { return .leave }
        // What is under way is before this place.
        guard case .quiet(let token) = stream, flow.isIdle, token != flow.token,
            now.subtractingClamped(flow.tokenSavedAt) > Self.idleTokenInterval
        else { return .awaitChanges }
        return .savePlace(token)
    }

    // MARK: What is due

    /// When the next run begins; `.min`: at once. Nil: never by itself.
    func due(_ row: FeedRow, stream: Stream) -> Int64? {
        row.isIncomplete || row.openRequest != nil ? .min : scheduled(row, stream: stream)
    }

    /// The same without regard to commands, and to a run that has not ended.
    func scheduled(_ row: FeedRow, stream: Stream) -> Int64? {
        // A feed that only follows changes must look for itself where there is no stream of them, and where others may be
        // gone who had claimed something.
        let mustLookByItself = watches && (stream == .none || isShared)
        guard let last = row.lastRun else {
            // A feed that has never run begins at once, rather than at the first time of its schedule.
            return nextRun(began) != nil || mustLookByItself ? .min : nil
        }
        return nextRun(last.at) ?? (mustLookByItself ? last.at.subtractingClamped(-Self.lookInterval) : nil)
    }
}

extension FeedRow {
    /// The command to begin again that is not carried out; nil where there is none.
    var openRewind: Rewind? { rewind.flatMap { $0.at == rewoundAt ? nil : $0 } }

    /// The time of the command to run that no run has answered; nil where there is none.
    var openRequest: Int64? { runRequestedAt.flatMap { $0 == lastRun?.request ? nil : $0 } }

    /// Commands of people as they are in this row, everything else as in `own`: a row that was read lags behind what its
    /// reader has written since.
    func commands(over own: FeedRow) -> FeedRow {
        var row = own
        row.isPaused = isPaused
        row.runRequestedAt = runRequestedAt
        row.rewind = rewind
        return row
    }
}
