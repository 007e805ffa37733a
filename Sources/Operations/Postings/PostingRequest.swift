internal import BSON
package import Contracts
internal import Ingest
package import JSON

/// A command on one pending or failed posting, as the writes of one transaction. Pure.
package struct PostingRequest: Sendable {
    package enum Action: String, Sendable {
        case retry, discard
    }

    package enum Outcome: Sendable {
        case done, missing
        /// There is nothing to send: its document could not be rendered.
        case empty
    }

    package let id: ByteString
    package let action: Action
    package let who: String
    /// Milliseconds since 1970.
    package let now: Int64
    package let seed: UInt64
    /// The operator's reason, for the audit log.
    package let reason: String?

    package init(id: ByteString, _ action: Action, by who: String, now: Int64, seed: UInt64, reason: String? = nil) {
        self.reason = reason
        self.id = id
        self.action = action
        self.who = who
        self.now = now
        self.seed = seed
    }

    package var reads: StoreReads {
        var reads = StoreReads()
        reads.records = [(StoreCollections.postings, [id])]
        return reads
    }

    package func plan(_ snapshot: StoreSnapshot) -> (writes: StoreWrites, result: Outcome) {
        guard let records = snapshot.records.first, !records.isEmpty,
            let row = records.withDocument(0, { PostingRow(bson: $0) })
        else { return (StoreWrites(), .missing) }
        var own = CollectionWrites(collection: StoreCollections.postings)
        switch action {
        case .retry:
            guard !row.body.isEmpty else { return (StoreWrites(), .empty) }
            own.updateIDs = [id]
            own.updates.appendDocument { update in
                update.append(
                    "$set",
                    document: { set in
                        set.append("state", string: PostingRow.State.failed.rawValue)
                        set.append("nextTryAt", date: now)
                    })
            }
        case .discard: own.deletes = [id]
        }
        var writes = StoreWrites()
        writes.collections = [
            own, .audit("postings \(action.rawValue)", of: id, by: who, at: now, seed: seed, detail: reason),
        ]
        return (writes, .done)
    }
}

extension CollectionWrites {
    /// A row that tells who did what to what. `now`: milliseconds since 1970; `seed`: a unique number.
    package static func audit(
        _ action: String, of subject: ByteString, by who: String, at now: Int64, seed: UInt64,
        messageId: ByteString? = nil, detail: String? = nil
    ) -> CollectionWrites {
        var writes = CollectionWrites(collection: StoreCollections.audit)
        let row = AuditRow(at: now, who: who, action: action, subject: subject, messageId: messageId, detail: detail)
        writes.inserts.appendDocument { row.append(to: &$0, seed: seed) }
        return writes
    }
}
