package import Contracts
package import JSON

/// The result of a batch, reported once durable.
package struct BatchResult: Sendable {
    /// In the order of ``Batch/segments``.
    package var segments: [SegmentResult] = []
    /// If not empty, the plan needs these ledger rows and has written nothing. Settle again with
    /// ``Batch/furtherLedgerIDs``.
    package var missingLedgerIDs: [ByteString] = []
    /// If not empty, the batch's channels must be confirmed open, and nothing was written. Settle again with
    /// ``Batch/confirmed``.
    package var doubtful: [ByteString: Int64] = [:]
    /// Nothing was written, since the plan needs more information.
    package var isUndecided: Bool { !missingLedgerIDs.isEmpty || !doubtful.isEmpty }
    /// If set, a write to this collection exceeds the store's limit, and nothing was written. Split the batch.
    package var oversized: String?
    /// Number of dead letters written.
    package var deadLetters = 0
    /// Number of postings written.
    package var postings = 0
    /// Optional references without a record, as text; at most ``warningLimit``.
    package var warnings: [String] = []

    /// Number of items `unchanged` because their record is newer (`versionField`).
    package var staleItems: Int { segments.reduce(0) { $0 + $1.staleItems.count } }

    static let warningLimit = 20

    package init() {}
}

package struct SegmentResult: Sendable {
    package enum Kind: Sendable {
        /// Items ended as in `outcomes`.
        case applied
        /// Already in the ledger: nothing was done.
        case duplicate
        /// The whole message became a dead letter.
        case deadLettered
        /// A request that was refused as a whole, by its answer. Nothing of it is kept.
        case refused
    }

    package var kind: Kind
    /// One for each item of the segment; empty unless `applied`. Nil for items settled by an earlier run.
    package var outcomes: [Outcome?] = []
    /// Numbers of the items that are `unchanged` because their record, or its deletion, is newer (`versionField`).
    package var staleItems: [Int] = []

    /// Totals of the whole message, including earlier batches: set at its end, if it was applied.
    package var total: OutcomeCounts?

    /// What a request is answered; nil before the end of its items, and for messages.
    package var answer: RequestAnswer?

    /// Why items were rejected, in words; at most ``reasonLimit``.
    package var reasons: [String] = []

    static let reasonLimit = 20

    package init(kind: Kind) { self.kind = kind }
}
