package import Contracts
package import JSON

/// The unsettled remainder of a batch whose parts the store may refuse: halves, in order, down to the single item that
/// becomes a dead letter. Pure.
package struct OpenBatches {
    private var open: [Batch] = []
    private let newMark: @Sendable () -> UInt64

    /// `newMark`: returns unique numbers; every attempted batch gets a ``Batch/mark``.
    package init(_ whole: Batch, newMark: @escaping @Sendable () -> UInt64) {
        self.newMark = newMark
        push(whole)
    }

    /// The batch to settle now; nil once all are settled.
    package var current: Batch? { open.last }

    /// The current batch is durable.
    package mutating func settled() { open.removeLast() }

    /// The plan needs these ledger rows.
    package mutating func mustRead(_ ids: [ByteString]) { open[open.count - 1].furtherLedgerIDs += ids }

    /// The current batch's channels are open, given these ledger rows.
    package mutating func confirmed(_ rows: [ByteString: Int64]) {
        open[open.count - 1].confirmed.merge(rows) { $1 }
    }

    /// Keeps only these segments of the current batch.
    package mutating func keep(_ segments: [Segment]) { open[open.count - 1].segments = segments }

    /// The store refuses the current batch's contents. Tries, in order: excluding a collection that accepts nothing,
    /// halving, rejecting the only item, the minimal dead letter. False if none applies: the contents are not the
    /// cause, and the unchanged batch must be retried later.
    package mutating func refused(_ error: StoreError) -> Bool {
        var batch = open.removeLast()
        if let collection = error.collection, batch.refusedCollections[collection] == nil {
            batch.refusedCollections[collection] = error
            push(batch)
            return true
        }
        if let (first, second) = batch.halves() {
            push(second)
            push(first)
            return true
        }
        if let place = batch.onlyPlace, batch.refusals[place] == nil {
            batch.refusals[place] = .storeRefused(error, item: place.item)
            push(batch)
            return true
        }
        let isTriedAll = batch.isLastResort
        batch.isLastResort.toggle()
        if isTriedAll {
            batch.refusals = [:]
            batch.refusedCollections = [:]
        }
        push(batch)
        return !isTriedAll
    }

    private mutating func push(_ batch: Batch) {
        var batch = batch
        if let mark = batch.mark { batch.earlierMarks.append(mark) }
        batch.mark = newMark()
        open.append(batch)
    }
}

extension Batch {
    /// The place of the only item, if there is just one.
    fileprivate var onlyPlace: ItemPlace? {
        guard segments.count == 1, let segment = segments.first, segment.range.count == 1 else { return nil }
        return ItemPlace(of: segment.message.message, item: segment.range.lowerBound)
    }
}

extension Reason {
    static func storeRefused(_ error: StoreError, item: Int) -> Reason {
        Reason(
            item: item, code: .storeRefused, pointer: JSONPointer(["items", String(item)]),
            expected: "a record that the store takes",
            found: error.code == 0 ? nil : "error \(error.code)", text: error.message)
    }
}
