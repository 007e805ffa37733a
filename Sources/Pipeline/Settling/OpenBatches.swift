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

    /// The store refuses what the current one holds. In this order: a collection that takes nothing is left out, the batch is
    /// halved, the only item is left out, its dead letter is made as small as can be. False where nothing of that is left to
    /// do: it is not what the batch holds, and it stands as it was, to be tried again later.
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
    /// The place of the only item, where there is only one.
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
