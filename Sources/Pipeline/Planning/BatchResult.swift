package import Documents

/// What became of a batch, told when it is durable.
package struct BatchResult: Sendable {
    /// In the order of ``Batch/segments``.
    package var segments: [SegmentResult] = []
    /// Not empty: the plan must see these ledger rows first; it has written nothing. Settle again with
    /// ``Batch/furtherLedgerIDs``.
    package var missingLedgerIDs: [ByteString] = []
    /// Not empty: the batch's channels must be confirmed to be open first; it has written nothing. Settle again with
    /// ``Batch/confirmed``.
    package var doubtful: [ByteString: Int64] = [:]
    /// Nothing was written, for the plan must know more first.
    package var isUndecided: Bool { !missingLedgerIDs.isEmpty || !doubtful.isEmpty }
    /// Dead letters stored.
    package var deadLetters = 0
    /// Postings noted.
    package var postings = 0
    /// References of applied items that led nowhere, where the definition asks only to be told: sentences for people,
    /// not more than ``warningLimit``.
    package var warnings: [String] = []

    /// Items that ended `unchanged` because the record they met is newer (`versionField`).
    package var staleItems = 0

    static let warningLimit = 20

    package init() {}
}

package struct SegmentResult: Sendable {
    package enum Kind: Sendable {
        /// Its items ended as `outcomes` says.
        case applied
        /// The ledger has it already: nothing was done.
        case duplicate
        /// The message as a whole became a dead letter.
        case deadLettered
    }

    package var kind: Kind
    /// One for each item of the segment's range; empty unless `applied`. Items that an earlier run had settled are nil.
    package var outcomes: [Outcome?] = []

    /// Of the whole message, with what earlier batches did of it: where this is its end, and it was applied.
    package var total: OutcomeCounts?

    package init(kind: Kind) { self.kind = kind }
}
