package import JSON
package import BSON

/// Stores records transactionally. One call at a time.
package protocol Store: Sendable {
    /// Runs one batch as one transaction (`w: majority`, journaled): reads the ledger rows and records in `reads`,
    /// calls `plan`, writes its result, commits.
    ///
    /// `plan` is pure and may be called again with newer contents after a lost race. Returns only when the commit is
    /// durable. Throws if nothing was written, or (``StoreError/Kind/unavailable``) if that is unknown: settling the
    /// same batch again is then safe, by the ledger row.
    ///
    /// Nothing becomes visible before `turn` allows it; if it refuses, nothing is written
    /// (``StoreError/Kind/gaveWay``). A lost race is reported to `turn`, since the next batch may hold what this one
    /// needs.
    func settle<Result: Sendable>(
        _ reads: StoreReads, turn: CommitTurn,
        plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result
}

extension Store {
    /// For a batch without predecessor and successor.
    package func settle<Result: Sendable>(
        _ reads: StoreReads, plan: @Sendable (StoreSnapshot) -> (writes: StoreWrites, result: Result)
    ) async throws(StoreError) -> Result {
        try await settle(reads, turn: CommitTurn(), plan: plan)
    }
}

/// What a batch reads before it is planned.
package struct StoreReads: Sendable {
    /// `_id`s of ledger rows.
    package var ledger: [ByteString] = []
    /// Records' `_id`s by collection; each collection appears once.
    package var records: [(collection: String, ids: [ByteString])] = []

    package init() {}
}

/// The contents that the transaction read.
package struct StoreSnapshot: Sendable {
    /// Ledger rows found, as BSON.
    package var ledger: BSONSequence
    /// Records found, as BSON, in any order; one sequence for each entry of ``StoreReads/records``.
    package var records: [BSONSequence]

    package init(ledger: BSONSequence, records: [BSONSequence]) {
        self.ledger = ledger
        self.records = records
    }
}

/// A batch's writes, applied within each collection in this order: deletes, updates, inserts.
package struct StoreWrites: Sendable {
    package var collections: [CollectionWrites] = []

    package init() {}
}

/// Writes to one collection. Each `_id` appears once, except one that is deleted and inserted: its record is replaced.
package struct CollectionWrites: Sendable {
    package var collection: String
    package var deletes: [ByteString] = []
    /// Update documents (`{$set: …, $unset: …}`); the n-th is for the record `updateIDs[n]`.
    package var updateIDs: [ByteString] = []
    package var updates = BSONSequence()
    package var inserts = BSONSequence()

    package init(collection: String) { self.collection = collection }
}

/// Why a batch was not settled.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// Network, no primary, disk full, wrong credentials: retry the same batch forever, with backoff.
        case unavailable
        /// The store refuses the batch's contents (a unique index, a validator, a size): split the batch.
        case refused
        /// Unclassified: retry a few times, then treat as refused.
        case unknown
        /// The previous batch of the stream is in trouble: retry once that one is settled.
        case gaveWay
    }

    package let kind: Kind
    /// Error code of the server or driver; 0 if none.
    package let code: Int
    /// What failed, where, and the remedy. Without payload and secrets.
    package let message: String
    /// The collection, if it accepts no records at all.
    package let collection: String?
    /// Another's open transaction may be the cause. It is temporary: servers end transactions after about a minute.
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

extension CollectionWrites {
    package var isEmpty: Bool { deletes.isEmpty && updateIDs.isEmpty && inserts.isEmpty }

    /// Bytes of the largest one of updates and inserts.
    package var largestDocument: Int { max(updates.largestDocument, inserts.largestDocument) }
}
