internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// What has come of a letter that was sent again.
enum ReplayFate {
    /// It is open, or was discarded.
    case notSent
    /// It waits for its posting, in its queue, or for its turn.
    case sent
    /// Its message was settled, and no item of it failed.
    case applied
    /// It is a dead letter again: the new one.
    case failed(BSONSequence)
}

extension LetterDesk {
    /// Milliseconds.
    private static let clockSkew: Int64 = 600_000

    /// Nil where there is no such letter.
    func fate(of id: ByteString) async throws(StoreError) -> ReplayFate? {
        let found = try await reader.deadLetter(id)
        guard !found.isEmpty, let letter = found.withDocument(0, { StoredLetter(bson: $0) }) else { return nil }
        guard let messageId = found.withDocument(0, { BSONElements($0).first(named: "replayedAs")?.byteString }) else {
            return .notSent
        }
        // Its row in the ledger is written together with its dead letters: asked for first, so that none is overlooked.
        let isSettled = try await isSettled(letter, as: messageId)
        var query = DeadLetterQuery()
        query.messageId = messageId
        // Bounded, for no index knows message-ids; and with room for clocks that disagree.
        query.since = found.withDocument(0) { BSONElements($0).first(named: "replayedAt")?.date }.map {
            $0 - Self.clockSkew
        }
        let again = try await reader.deadLetterRows(query, skip: 0, limit: 1)
        if !again.isEmpty { return .failed(again) }
        return isSettled ? .applied : .sent
    }

    private func isSettled(_ letter: StoredLetter, as messageId: ByteString) async throws(StoreError) -> Bool {
        var properties = MessageProperties()
        properties.appId = letter.replayAppID
        properties.messageId = messageId
        let ledgerID = MessageIdentity(queue: letter.queue, properties: properties, body: [], part: letter.caseName)
            .ledgerID
        let found = try await reader.find(
            in: StoreNames.ledger, filter: .document { $0.append("_id", string: ledgerID) }, limit: 1)
        return !found.isEmpty && found.withDocument(0) { LedgerRow(bson: $0)?.isComplete == true }
    }
}
