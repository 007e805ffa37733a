package import BSON
package import Contracts
internal import Ingest
package import JSON
internal import MongoStore

/// What has come of a letter that was sent again.
package enum ReplayOutcome {
    /// It is open, or was discarded.
    case notSent
    /// Waiting for publishing, in its queue, or in a lane.
    case sent
    /// Settled without failed items.
    case applied
    /// A dead letter again: the new one.
    case failed(BSONSequence)
}

extension DeadLetterService {
    /// Tolerated clock difference, in milliseconds.
    private static let clockSkew: Int64 = 600_000

    /// Nil where there is no such letter.
    package func fate(of id: ByteString) async throws(StoreError) -> ReplayOutcome? {
        let found = try await reader.deadLetter(id)
        guard !found.isEmpty, let letter = found.withDocument(0, { DeadLetter(bson: $0) }) else { return nil }
        guard let messageId = found.withDocument(0, { BSONElements($0).first(named: "replayedAs")?.byteString }) else {
            return .notSent
        }
        // The ledger row is committed together with its dead letters: read first, so that none is missed.
        let isSettled = try await isSettled(letter, as: messageId)
        var query = DeadLetterQuery()
        query.messageId = messageId
        // Bounded in time, since message-ids are not indexed; with a tolerance for clock differences.
        query.since = found.withDocument(0) { BSONElements($0).first(named: "replayedAt")?.date }.map {
            $0 - Self.clockSkew
        }
        let again = try await reader.deadLetterRows(query, skip: 0, limit: 1)
        if !again.isEmpty { return .failed(again) }
        return isSettled ? .applied : .sent
    }

    private func isSettled(_ letter: DeadLetter, as messageId: ByteString) async throws(StoreError) -> Bool {
        var properties = MessageProperties()
        properties.appId = letter.replayAppID
        properties.messageId = messageId
        let ledgerID = MessageIdentity(queue: letter.queue, properties: properties, body: [], part: letter.caseName)
            .ledgerID
        let found = try await reader.find(in: StoreCollections.ledger, filter: ["_id": .value(ledgerID)], limit: 1)
        return !found.isEmpty && found.withDocument(0) { LedgerRow(bson: $0)?.isComplete == true }
    }
}
