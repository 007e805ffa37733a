internal import ArgumentParser
internal import BSON
package import Contracts
internal import Ingest
package import JSON
package import MongoStore
internal import Output
package import Settings

/// The dead letters of a store while a command or the console works on them.
package struct DeadLetterService: Sendable {
    package let reader: MongoReader
    package let lane: MongoTransactor
    private let seeds = SeedCounter()
    private let clock: PostingClock
    /// A lane settles one transaction at a time; console requests are concurrent.
    private let turns = FairLock()

    /// `lane`: the name of its own.
    package init(_ mongo: MongoDeployment, lane: String) {
        reader = mongo.makeReader()
        self.lane = mongo.makeLane(named: lane)
        clock = mongo.postingClock
    }

    /// Connects, runs `body`, closes. Failures are reported, with exit 69 where no server answers.
    package static func with<Success: Sendable>(
        _ settings: Settings, _ body: (DeadLetterService) async throws -> Success
    ) async throws -> Success {
        var address = StoreAddress.settings(settings)
        address.preparesDatabase = false
        let mongo = try MongoDeployment(address, logger: Log.quiet(settings, label: "mongoDB"))
        let result: Result<Success, any Error>
        do {
            try await mongo.connect()
            // A bulk replay takes longer than the heartbeat timeout.
            let heart = Task { try await mongo.run() }
            let service = DeadLetterService(mongo, lane: "dead-letters")
            result = await service.run(body)
            await service.reader.close()
            await service.lane.close()
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
        _ body: (DeadLetterService) async throws -> Success
    ) async -> Result<Success, any Error> {
        do { return .success(try await body(self)) } catch { return .failure(error) }
    }

    /// The ids of the chosen dead letters that are in that state now, the oldest first. Later arrivals are not among them.
    package func ids(of query: DeadLetterQuery, _ state: DeadLetterState = .open) async throws -> [ByteString] {
        var query = query
        query.states = [state]
        return try await reader.deadLetterPlaces(query, limit: 1_000_000).map(\.id)
    }

    package func letter(_ id: ByteString) async throws(StoreError) -> DeadLetter? {
        let found = try await reader.deadLetter(id)
        return found.isEmpty ? nil : found.withDocument(0) { DeadLetter(bson: $0) }
    }

    /// The bytes of a letter, also where they lie in parts; nil where a part of them is gone.
    package func body(of letter: DeadLetter) async throws(StoreError) -> [UInt8]? {
        if let body = letter.body { return body }
        guard letter.parts > 0 else { return nil }
        var body: [UInt8] = []
        for number in 0..<letter.parts {
            let part = try await reader.find(
                in: StoreCollections.deadLetterParts,
                filter: ["_id": .value("\(letter.id)#\(number)")], limit: 1)
            guard !part.isEmpty,
                let bytes = part.withDocument(0, { BSONElements($0).first(named: "bytes")?.binary.map { Array($0) } })
            else { return nil }
            body += bytes
        }
        return body
    }

    /// Sends a letter again, wherever its bytes lie.
    package func replay(
        _ id: ByteString, reason: String? = nil, by who: String = AuditLog.thisUser
    ) async throws(StoreError) -> DeadLetterRequest.Outcome {
        guard let letter = try await letter(id) else { return .missing }
        let body = letter.body == nil ? try await body(of: letter) : nil
        return try await perform(.replay, on: id, body: body, reason: reason, by: who)
    }

    /// Does one thing with one letter, in one transaction. `who`: for the audit.
    package func perform(
        _ action: DeadLetterRequest.Action, on id: ByteString, body: [UInt8]? = nil, reason: String? = nil,
        by who: String = AuditLog.thisUser
    ) async throws(StoreError) -> DeadLetterRequest.Outcome {
        // Checked before the transaction, which would create collections in a database that no gateway has prepared.
        guard try await exists(id, in: StoreCollections.deadLetters) else { return .missing }
        let request = DeadLetterRequest(
            id: id, action, by: who, now: WallClock.now(), seed: seeds.next(), stamp: clock.next(), body: body,
            reason: reason)
        return try await settle(request.reads) { request.plan($0) }
    }

    package func perform(
        _ action: PostingRequest.Action, on id: ByteString, reason: String? = nil, by who: String = AuditLog.thisUser
    ) async throws(StoreError) -> PostingRequest.Outcome {
        guard try await exists(id, in: StoreCollections.postings) else { return .missing }
        let request = PostingRequest(
            id: id, action, by: who, now: WallClock.now(), seed: seeds.next(), reason: reason)
        return try await settle(request.reads) { request.plan($0) }
    }

    /// What would come of a command on a posting as it is now.
    package func outcome(
        of action: PostingRequest.Action, on id: ByteString
    ) async throws(StoreError) -> PostingRequest.Outcome {
        let found = try await reader.find(in: StoreCollections.postings, filter: ["_id": .value(id)], limit: 1)
        let snapshot = StoreSnapshot(ledger: BSONSequence(), records: [found])
        return PostingRequest(id: id, action, by: "", now: 0, seed: 0).plan(snapshot).result
    }

    private func exists(_ id: ByteString, in collection: String) async throws(StoreError) -> Bool {
        let found = try await reader.find(
            in: collection, filter: ["_id": .value(id)], projection: ["_id": 1], limit: 1)
        return !found.isEmpty
    }

    /// Waits for earlier transactions.
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

extension DeadLetterRequest.Outcome {
    /// Why nothing was done; nil where it was.
    package func problem(_ id: ByteString) -> String? {
        switch self {
        case .done: nil
        case .missing: "there is no dead letter '\(id)'; 'gateway dead-letters list' shows those there are"
        case .notOpen(let state): "dead letter '\(id)' is \(state.rawValue) already"
        case .notFromQueue(let source):
            "dead letter '\(id)' came from \(source), which is not a queue; 'gateway dead-letters export --id \(id) --messages'"
                + " prints the message: put it, once fixed, into a file that the route reads, or send it to a queue, and discard"
                + " the letter"
        case .incomplete:
            "the bytes of dead letter '\(id)' are not all there: documents of gateway.deadLetterParts with its id are missing;"
                + " bring them back from a backup, replace them by an edited message with 'gateway dead-letters edit"
                + " \(id)', or discard the dead letter"
        case .tooLarge(let bytes):
            "dead letter '\(id)' has \(bytes) bytes, too many to be noted as a posting; 'gateway dead-letters export --id"
                + " \(id) --messages' gives the message, and 'gateway send' sends it"
        }
    }
}
