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

    package var word: String {
        switch self {
        case .notSent: "notSent"
        case .sent: "sent"
        case .applied: "applied"
        case .failed: "failed"
        }
    }
}

extension DeadLetterService {
    /// Tolerated clock difference, in milliseconds.
    private static let clockSkew: Int64 = 600_000

    /// Nil where there is no such letter.
    package func fate(of id: ByteString) async throws(StoreError) -> ReplayOutcome? {
        let exists = try await !reader.deadLetterHead(id).isEmpty
        return exists ? try await fates(of: [id])[0] : nil
    }

    /// Of each; of one that does not exist `notSent`.
    package func fates(of ids: [ByteString]) async throws(StoreError) -> [ReplayOutcome] {
        let found = try await reader.find(
            in: StoreCollections.deadLetters, filter: ["_id": ["$in": .array(ids.map { .value($0) })]],
            projection: ["message": 0, "original": 0, "unedited": 0, "reasons": 0])
        var sent: [ByteString: (messageId: ByteString, ledgerID: ByteString)] = [:]
        var earliest: Int64?
        for index in 0..<found.count {
            found.withDocument(index) { document in
                let fields = BSONElements(document)
                guard let letter = DeadLetter(bson: document),
                    let messageId = fields.first(named: "replayedAs")?.byteString
                else { return }
                sent[letter.id] = (messageId, Self.ledgerID(letter, as: messageId))
                if let at = fields.first(named: "replayedAt")?.date { earliest = min(earliest ?? at, at) }
            }
        }
        guard !sent.isEmpty else { return ids.map { _ in .notSent } }
        // The ledger row is committed together with its dead letters: read first, so that none is missed.
        let settled = try await settled(sent.values.map(\.ledgerID))
        var query = DeadLetterQuery()
        query.messageIds = sent.values.map(\.messageId)
        // Bounded in time, since message-ids are not indexed; with a tolerance for clock differences.
        query.since = earliest.map { $0 - Self.clockSkew }
        let again = try await reader.deadLetterRows(query, skip: 0, limit: Self.mostAgain)
        // Further ones may be of another message, which would then count as applied.
        if again.count == Self.mostAgain, ids.count > 1 {
            let middle = ids.count / 2
            return try await fates(of: Array(ids[..<middle])) + fates(of: Array(ids[middle...]))
        }
        var failed: [ByteString: BSONSequence] = [:]
        for index in 0..<again.count {
            again.withDocument(index) { document in
                // Newest first.
                guard let id = BSONElements(document).first(named: "messageId")?.byteString, failed[id] == nil
                else { return }
                var letter = BSONSequence()
                letter.append(copying: document)
                failed[id] = letter
            }
        }
        return ids.map { id in
            guard let own = sent[id] else { return .notSent }
            if let letter = failed[own.messageId] { return .failed(letter) }
            return settled.contains(own.ledgerID) ? .applied : .sent
        }
    }

    /// Maximum number of dead letters that are read: a message has several where it is long.
    private static let mostAgain = 2000

    private static func ledgerID(_ letter: DeadLetter, as messageId: ByteString) -> ByteString {
        var properties = MessageProperties()
        properties.appId = letter.replayAppID
        properties.messageId = messageId
        return MessageIdentity(queue: letter.queue, properties: properties, body: [], part: letter.caseName).ledgerID
    }

    /// Those whose rows are complete.
    private func settled(_ ids: [ByteString]) async throws(StoreError) -> Set<ByteString> {
        let found = try await reader.find(
            in: StoreCollections.ledger, filter: ["_id": ["$in": .array(ids.map { .value($0) })]])
        var settled: Set<ByteString> = []
        for index in 0..<found.count {
            found.withDocument(index) { document in
                guard LedgerRow(bson: document)?.isComplete == true,
                    let id = BSONElements(document).first(named: "_id")?.byteString
                else { return }
                settled.insert(id)
            }
        }
        return settled
    }
}
