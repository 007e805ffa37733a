internal import BSON
package import Contracts
internal import JSON
internal import ThreadExecutors

/// The pushes as a change stream of `gateway.pushes`, on a thread and connection of its own.
///
/// The store's history is their order: a place is the time of the commit, which all changes of a transaction share, and the
/// number of the push within it. Rows are not read, but for the time of the oldest one that is asked for.
package actor MongoPushLog: PushLog {
    nonisolated let lane = ThreadExecutor(named: "push-log")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// By how much clocks may differ, and a commit may come after its row was made.
    private static let margin: Int64 = 60_000

    private let patience: Duration
    private let now: @Sendable () -> Int64
    private var connection: ExecutorConnection
    private var stream = ChangeStream(of: StoreCollections.pushes)
    /// The last push that was read, or the place up to which everything was.
    private var place = PushPlace.first
    /// Pushes received with the opening.
    private var ahead: [Push] = []
    /// The store's time when reading began.
    private var begun: UInt64 = 0

    /// `now`: milliseconds since 1970.
    init(of deployment: MongoDeployment, now: @escaping @Sendable () -> Int64) {
        patience = deployment.settings.closePatience
        connection = ExecutorConnection(of: deployment)
        self.now = now
    }

    package nonisolated func close() async { _ = await finished(within: patience) { await self.shutDown() } }

    private func shutDown() {
        if stream.isOpen {
            _ = try? connection.using { connection throws(MongoFailure) in stream.close(on: connection) }
        }
        connection.close()
        lane.stop()
    }

    // MARK: Opening

    package func open(keeping milliseconds: Int64) throws(StoreError) -> PushPlace {
        try connection.asking { connection throws(MongoFailure) in
            stream.close(on: connection)
            if !stream.token.isEmpty {
                do throws(MongoFailure) {
                    try open(from: .after(token: stream.token), numberedAfter: place, on: connection)
                    return place
                } catch {
                    guard ChangeStream.isLost(error) else { throw error }
                }
            }
            return try openAnew(keeping: milliseconds, on: connection)
        }
    }

    private func openAnew(
        keeping milliseconds: Int64, on connection: MongoConnection
    ) throws(MongoFailure) -> PushPlace {
        let now = now()
        let reply = try connection.run([
            "find": .value(StoreCollections.pushes),
            "filter": ["registeredAt": ["$gte": .date(now.subtractingClamped(milliseconds + Self.margin))]],
            "sort": ["registeredAt": 1], "limit": 1, "projection": ["registeredAt": 1],
            "readConcern": .majorityRead,
        ])
        let (time, oldest) = reply.withUnsafeBytes { bytes -> (UInt64, Int64?) in
            let batch = BSONElements(bytes).first(named: "cursor")?.elements?.first(named: "firstBatch")?.elements
            let row = batch?.first { _ in true }?.elements
            return (
                BSONElements(bytes).first(named: "operationTime")?.timestamp ?? 0,
                row?.first(named: "registeredAt")?.date
            )
        }
        guard time != 0 else {
            throw MongoFailure(
                step: .command("find"), origin: .form, code: 0,
                text: "pushes need a MongoDB replica set, which has change streams; this server has none")
        }
        begun = time
        let seconds = time >> 32
        // Without a row nothing was pushed since then.
        let back = UInt64(clamping: (oldest.map { now.subtractingClamped($0) / 1000 + Self.margin / 1000 } ?? 0))
        let start = back == 0 ? time : (seconds > back ? seconds - back : 1) << 32
        do throws(MongoFailure) {
            // Begins with whole commits: what was read of one before does not count.
            try open(from: .at(start), numberedAfter: .first, on: connection)
            let kept = UInt64(clamping: milliseconds / 1000)
            let known = oldest == nil ? (seconds > kept ? seconds - kept : 1) << 32 : start
            place = PushPlace(time: known, number: 0)
        } catch {
            guard ChangeStream.isLost(error) else { throw error }
            // The store has forgotten: from now on.
            try open(from: .at(time), numberedAfter: .first, on: connection)
            place = PushPlace(time: time, number: 0)
        }
        return place
    }

    private func open(
        from start: ChangeStream.Start, numberedAfter place: PushPlace, on connection: MongoConnection
    ) throws(MongoFailure) {
        var reading = Reading(after: place)
        try stream.open(
            [
                ["$match": ["operationType": "insert"]],
                ["$project": ["clusterTime": 1, "fullDocument": 1]],
            ], from: start, on: connection
        ) { reading.add($0) }
        ahead = reading.pushes
    }

    // MARK: Going on

    package func next(atMost limit: Duration) throws(StoreError) -> PushNews {
        guard stream.isOpen else { throw Self.ended(code: 0) }
        if !ahead.isEmpty {
            defer { ahead = [] }
            return news(ahead)
        }
        var reading = Reading(after: place)
        do throws(MongoFailure) {
            try connection.using { connection throws(MongoFailure) in
                try stream.next(atMost: limit, on: connection) { reading.add($0) }
            }
        } catch {
            if ChangeStream.isGone(error) { throw Self.ended(code: error.code) }
            throw error.storeError(.unavailable)
        }
        return news(reading.pushes)
    }

    private static func ended(code: Int) -> StoreError {
        StoreError(
            kind: .unavailable, code: code,
            message: "the store has ended the change stream of pushes"
                + (code == 0 ? ", as it does when their collection is dropped" : " (code \(code))"))
    }

    private func news(_ pushes: [Push]) -> PushNews {
        if let last = pushes.last?.place { place = max(place, last) }
        if pushes.isEmpty, let read = stream.tokenTime { place = max(place, PushPlace(time: read, number: 0)) }
        let isLatest = pushes.isEmpty || place >= PushPlace(time: begun, number: 0)
        return PushNews(pushes: pushes, place: place, isLatest: isLatest)
    }

    /// Numbers the pushes of each commit.
    private struct Reading {
        private var last: PushPlace
        private(set) var pushes: [Push] = []

        init(after place: PushPlace) { last = place }

        mutating func add(_ event: BSONElements) {
            guard let time = event.first(named: "clusterTime")?.timestamp else { return }
            let before = PushPlace(time: time, number: 0)
            let isSame = last.seconds == before.seconds && last.increment == before.increment
            last = PushPlace(time: time, number: isSame ? last.number &+ 1 : 1)
            guard let row = event.first(named: "fullDocument")?.elements.flatMap({ PushRow($0) }) else { return }
            pushes.append(Push(place: last, topic: row.topic, key: row.key, body: row.body))
        }
    }
}

extension PushPlace {
    /// `time`: a BSON timestamp.
    fileprivate init(time: UInt64, number: UInt32) {
        self.init(
            seconds: UInt32(truncatingIfNeeded: time >> 32), increment: UInt32(truncatingIfNeeded: time),
            number: number)
    }
}

extension ChangeStream {
    /// The time that its token names; nil if the token has another form.
    fileprivate var tokenTime: UInt64? {
        token.withUnsafeBytes { bytes in
            // A type and a timestamp in hexadecimal digits begin it.
            guard !bytes.isEmpty, let data = BSONElements(bytes).first(named: "_data")?.text, data.hasPrefix("82")
            else {
                return nil
            }
            return UInt64(data.dropFirst(2).prefix(16), radix: 16)
        }
    }
}

extension MongoDeployment {
    /// The pushes on a connection of their own; the caller must close them. `now`: milliseconds since 1970.
    package func makePushLog(now: @escaping @Sendable () -> Int64) -> MongoPushLog { MongoPushLog(of: self, now: now) }
}
