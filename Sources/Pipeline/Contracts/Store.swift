package import Documents
package import Records

/// Where records live. Calls of one value come one at a time.
package protocol Store: Sendable {
    /// Runs one batch as one transaction (`w: majority`, journaled):
    /// reads the ledger rows and the records that `reads` names, gives them to `plan`, writes what it returns, commits.
    ///
    /// `plan` is pure and may be called again, with what is stored by then, after a race was lost. Returns only when the
    /// commit is known to be durable; throws when nothing of the batch was written, or (``StoreError/Kind/unavailable``)
    /// when that is not known: settling the same batch again is then safe, for the ledger row tells.
    ///
    /// Nothing becomes visible before `turn` says that it may; where it says no, nothing is written
    /// (``StoreError/Kind/gaveWay``). A race that was lost is told to `turn`, for the batch behind may hold what this one
    /// needs.
    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn,
        plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result
}

extension Store {
    /// The same for a batch that has no other before or behind it.
    package func settle<Result: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        try await settle(reads, turn: CommitTurn(), plan: plan)
    }
}

/// What a batch must know before it is planned.
package struct StoreReads: Sendable {
    /// `_id`s in `gateway.ledger`.
    package var ledger: [ByteString] = []
    /// Records by `_id`, a collection each (a collection appears once).
    package var records: [(collection: String, ids: [ByteString])] = []

    package init() {}
}

/// What the store held when the transaction read it.
package struct StoreSnapshot: Sendable {
    /// The ledger rows found, as BSON.
    package var ledger: BSONSequence
    /// The records found, as BSON, in any order; one sequence for each entry of ``StoreReads/records``, in its order.
    package var records: [BSONSequence]

    package init(ledger: BSONSequence, records: [BSONSequence]) {
        self.ledger = ledger
        self.records = records
    }
}

/// What a batch writes, in the order given here within each collection: deletes, then updates, then inserts.
package struct StoreWrites: Sendable {
    package var collections: [CollectionWrites] = []

    package init() {}
}

/// The writes to one collection. Every `_id` appears once in all of it, but for one that is deleted and inserted anew: its
/// record is replaced.
package struct CollectionWrites: Sendable {
    package var collection: String
    package var deletes: [ByteString] = []
    /// Update documents (`{$set: …, $unset: …}`), the n-th for the record `updateIDs[n]`.
    package var updateIDs: [ByteString] = []
    package var updates = BSONSequence()
    package var inserts = BSONSequence()

    package init(collection: String) { self.collection = collection }
}

/// Why a batch was not settled.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// Network, no primary, disk full, wrong credentials: pause and try the same batch again, for ever.
        case unavailable
        /// The store refuses what the batch holds (a unique secondary index, a validator, a size): split the batch.
        case refused
        /// Neither is known: try again a few times, then treat it as refused.
        case unknown
        /// The batch before it in its stream is in trouble: try again when that one is settled.
        case gaveWay
    }

    package let kind: Kind
    /// The server's or driver's error code; 0 where there is none.
    package let code: Int
    /// What failed, where, and the remedy. No payload, no secret.
    package let message: String
    /// The collection that takes no records at all, whatever the batch holds of it; nil where that is not so.
    package let collection: String?
    /// An open transaction of somebody else may be in the way. It does not last: a server ends each after a minute or so.
    package let isContention: Bool

    package init(
        kind: Kind, code: Int, message: String, collection: String? = nil, isContention: Bool = false
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.collection = collection
        self.isContention = isContention
    }

    package static let gaveWay = StoreError(
        kind: .gaveWay, code: 0, message: "the batch before this one must be settled first")

    package var description: String { message }
}
