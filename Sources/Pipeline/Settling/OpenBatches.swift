package import Documents

/// What is left to settle of a batch whose parts the store may refuse: halves, the first one first, down to the single item
/// that then becomes a dead letter. Pure.
package struct OpenBatches {
    private var open: [Batch] = []
    private let newMark: @Sendable () -> UInt64

    /// `newMark` gives numbers never given before: every batch that is tried gets its ``Batch/mark``.
    package init(_ whole: Batch, newMark: @escaping @Sendable () -> UInt64) {
        self.newMark = newMark
        push(whole)
    }

    /// The one to settle now; nil once all are.
    package var current: Batch? { open.last }

    /// The current one is durable.
    package mutating func settled() { open.removeLast() }

    /// The plan must see these ledger rows first.
    package mutating func mustRead(_ ids: [ByteString]) { open[open.count - 1].furtherLedgerIDs += ids }

    /// The channels of the current one are open, with these rows of the ledger as they are.
    package mutating func confirmed(_ rows: [ByteString: Int64]) {
        open[open.count - 1].confirmed.merge(rows) { $1 }
    }

    /// Of the current one only these segments are left.
    package mutating func keep(_ segments: [Segment]) { open[open.count - 1].segments = segments }

    /// The store refuses what the current one holds. False where nothing of it can be left out any more: it is a dead letter
    /// that the store refuses.
    package mutating func refused(_ error: StoreError) -> Bool {
        let batch = open.removeLast()
        if let (first, second) = batch.halves() {
            push(second)
            push(first)
            return true
        }
        if let place = batch.onlyPlace, batch.refusals[place] == nil {
            var rest = batch
            rest.refusals[place] = .storeRefused(error, item: place.item)
            push(rest)
            return true
        }
        open.append(batch)
        return false
    }

    private mutating func push(_ batch: Batch) {
        var batch = batch
        batch.mark = newMark()
        open.append(batch)
    }
}

extension Batch {
    /// The place of the only item, where there is only one.
    fileprivate var onlyPlace: ItemPlace? {
        guard segments.count == 1, let segment = segments.first, segment.range.count == 1 else { return nil }
        return ItemPlace(of: segment.message.message, item: segment.range.lowerBound)
    }
}

extension Reason {
    fileprivate static func storeRefused(_ error: StoreError, item: Int) -> Reason {
        Reason(
            item: item, code: .storeRefused, pointer: JSONPointer(["items", String(item)]),
            expected: "a record that the store takes",
            found: error.code == 0 ? nil : "error \(error.code)", text: error.message)
    }
}
