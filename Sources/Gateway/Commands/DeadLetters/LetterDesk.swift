internal import ArgumentParser
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// The dead letters of a store while a command or the console works on them.
struct LetterDesk: Sendable {
    let reader: MongoReader
    let lane: MongoLane
    private let seeds = SeedCounter()
    private let clock: PostingClock
    /// A lane settles one thing at a time; those who use a console come all at once.
    private let turns = Turns()

    /// `lane`: the name of its own.
    init(_ mongo: MongoDeployment, lane: String) {
        reader = mongo.makeReader()
        self.lane = mongo.makeLane(named: lane)
        clock = mongo.postingClock
    }

    /// Connects, runs `body`, closes. What fails is told, with exit 69 where no server answers.
    static func with<Success: Sendable>(
        _ settings: Settings, _ body: (LetterDesk) async throws -> Success
    ) async throws -> Success {
        var address = StoreAddress.settings(settings)
        address.preparesDatabase = false
        let mongo = try MongoDeployment(address, logger: Log.quiet(settings, label: "mongoDB"))
        let result: Result<Success, any Error>
        do {
            try await mongo.connect()
            // A replay of many takes longer than a silence that others take for death.
            let heart = Task { try await mongo.run() }
            let desk = LetterDesk(mongo, lane: "dead-letters")
            result = await desk.run(body)
            await desk.reader.close()
            await desk.lane.close()
            heart.cancel()
            _ = await heart.result
        } catch {
            result = .failure(error)
        }
        await mongo.close()
        do {
            return try result.get()
        } catch let error as StoreError {
            Terminal.error("mongoDB: \(error.message)")
            throw ExitCode(error.kind == .unavailable ? 69 : 1)
        }
    }

    private func run<Success: Sendable>(
        _ body: (LetterDesk) async throws -> Success
    ) async -> Result<Success, any Error> {
        do { return .success(try await body(self)) } catch { return .failure(error) }
    }

    /// The ids of the letters chosen that are open now, the oldest first. What arrives later is not among them.
    func ids(of choice: LetterChoice, _ settings: Settings) async throws -> [ByteString] {
        if !choice.ids.isEmpty { return choice.ids.map { ByteString($0) } }
        var query = try choice.filter.query(settings)
        query.states = [.open]
        return try await reader.deadLetterPlaces(query, limit: 1_000_000).map(\.id)
    }

    func letter(_ id: ByteString) async throws(StoreError) -> StoredLetter? {
        let found = try await reader.deadLetter(id)
        return found.isEmpty ? nil : found.withDocument(0) { StoredLetter(bson: $0) }
    }

    /// The bytes of a letter, also where they lie in parts; nil where a part of them is gone.
    func body(of letter: StoredLetter) async throws(StoreError) -> [UInt8]? {
        if let body = letter.body { return body }
        guard letter.parts > 0 else { return nil }
        var body: [UInt8] = []
        for number in 0..<letter.parts {
            let part = try await reader.find(
                in: StoreNames.deadLetterParts,
                filter: .document { $0.append("_id", string: "\(letter.id)#\(number)") }, limit: 1)
            guard !part.isEmpty,
                let bytes = part.withDocument(0, { BSONElements($0).first(named: "bytes")?.binary.map { Array($0) } })
            else { return nil }
            body += bytes
        }
        return body
    }

    /// Sends a letter again, wherever its bytes lie.
    func replay(_ id: ByteString, by who: String = AuditBook.thisUser) async throws(StoreError) -> LetterOrder.Outcome {
        guard let letter = try await letter(id) else { return .missing }
        let body = letter.body == nil ? try await body(of: letter) : nil
        return try await perform(.replay, on: id, body: body, by: who)
    }

    /// Does one thing with one letter, in one transaction. `who`: for the audit.
    func perform(
        _ action: LetterOrder.Action, on id: ByteString, body: [UInt8]? = nil, by who: String = AuditBook.thisUser
    ) async throws(StoreError) -> LetterOrder.Outcome {
        // Before a transaction, and all that it leaves in a database that no gateway has prepared.
        guard try await exists(id, in: StoreNames.deadLetters) else { return .missing }
        let order = LetterOrder(
            id: id, action, by: who, now: WallClock.now(), seed: seeds.next(), stamp: clock.next(), body: body)
        return try await settle(order.reads) { order.plan($0) }
    }

    func perform(
        _ action: PostingOrder.Action, on id: ByteString, by who: String = AuditBook.thisUser
    ) async throws(StoreError) -> PostingOrder.Outcome {
        guard try await exists(id, in: StoreNames.postings) else { return .missing }
        let order = PostingOrder(id: id, action, by: who, now: WallClock.now(), seed: seeds.next())
        return try await settle(order.reads) { order.plan($0) }
    }

    private func exists(_ id: ByteString, in collection: String) async throws(StoreError) -> Bool {
        let found = try await reader.find(
            in: collection, filter: .document { $0.append("_id", string: id) },
            projection: .document { $0.append("_id", int64: 1) }, limit: 1)
        return !found.isEmpty
    }

    /// When those who came before are done.
    private func settle<Outcome: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Outcome)
    ) async throws(StoreError) -> Outcome {
        await turns.take()
        let result: Result<Outcome, StoreError>
        do throws(StoreError) {
            result = .success(try await lane.settle(reads, plan: plan))
        } catch {
            result = .failure(error)
        }
        await turns.end()
        return try result.get()
    }
}

extension LetterOrder.Outcome {
    /// Why nothing was done; nil where it was.
    func problem(_ id: ByteString) -> String? {
        switch self {
        case .done: nil
        case .missing: "there is no dead letter '\(id)'; 'gateway dead-letters list' shows those there are"
        case .notOpen(let state): "dead letter '\(id)' is \(state) already"
        case .notFromQueue(let source):
            "dead letter '\(id)' came from \(source), which is no queue; 'gateway dead-letters export --id \(id) --messages'"
                + " gives the message: put it, mended, into a file that the route reads, or send it to a queue, and discard"
                + " the letter"
        case .incomplete:
            "the bytes of dead letter '\(id)' are not all there: documents of gateway.deadLetterParts with its id are missing;"
                + " bring them back from a backup, put a mended message in their place with 'gateway dead-letters edit"
                + " \(id)', or discard the letter"
        case .tooLarge(let bytes):
            "dead letter '\(id)' has \(bytes) bytes, too many to be noted as a posting; 'gateway dead-letters export --id"
                + " \(id) --messages' gives the message, and 'gateway send' sends it"
        }
    }
}
