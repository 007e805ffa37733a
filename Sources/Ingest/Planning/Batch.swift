package import Contracts
package import JSON

/// Parts of messages that are settled in one transaction, in order.
package struct Batch: Sendable {
    package var segments: [Segment]
    /// Items refused by the store when tried alone, by place.
    package var refusals: [ItemPlace: Reason] = [:]
    /// Collections that accept no records, with the error: their items are rejected, and nothing of them is read.
    package var refusedCollections: [String: StoreError] = [:]
    /// The store has also refused the dead letter of the only item: it is written in its minimal form, and only the
    /// ledger is read.
    package var isLastResort = false
    /// Additional ledger rows that the plan requires; see ``BatchResult/missingLedgerIDs``.
    package var furtherLedgerIDs: [ByteString] = []

    /// Ledger rows written by a redelivered message at that time, after which the broker has confirmed that the batch's
    /// channels are open; see ``BatchResult/doubtful``.
    package var confirmed: [ByteString: Int64] = [:]

    /// A unique number, shared by the batch's retries. Written to ledger rows of messages without a message-id.
    package var mark: UInt64?
    /// Marks of earlier attempts of the same work, also as part of a larger batch: a commit with a lost response has
    /// left one of them.
    package var earlierMarks: [UInt64] = []

    package init(segments: [Segment]) { self.segments = segments }

    package var itemCount: Int { segments.reduce(0) { $0 + $1.range.count } }

    /// Whether each message has a message-id from its sender, by which the ledger identifies it in any delivery.
    /// False for requests: an answer that nothing was taken must hold.
    var isKnownBySender: Bool {
        segments.allSatisfy { $0.message.message.identity.isFromSender && $0.message.message.delivery.request == nil }
    }

    /// Splits the batch in two, to be settled in order; nil for a single item.
    package func halves() -> (Batch, Batch)? {
        if segments.count > 1 {
            let middle = segments.count / 2
            return (with(Array(segments[..<middle])), with(Array(segments[middle...])))
        }
        guard let only = segments.first, only.range.count > 1 else { return nil }
        let middle = only.range.lowerBound + only.range.count / 2
        return (
            with([Segment(message: only.message, range: only.range.lowerBound..<middle)]),
            with([Segment(message: only.message, range: middle..<only.range.upperBound)])
        )
    }

    private func with(_ segments: [Segment]) -> Batch {
        var batch = self
        batch.segments = segments
        return batch
    }
}

/// Consecutive items of a message: all of them, unless the message is larger than a batch.
package struct Segment: Sendable {
    package let message: PreparedMessage
    /// By item number in the message.
    package let range: Range<Int>

    package init(message: PreparedMessage, range: Range<Int>) {
        self.message = message
        self.range = range
    }

    /// Whether the message is settled with this segment.
    package var isLast: Bool { range.upperBound == message.endItem && message.rest == nil }
}

/// An item of a message, or of one part of it. Tags are unique within a source only.
package struct ItemPlace: Hashable, Sendable {
    private let source: Int
    private let tag: DeliveryTag
    private let part: Int
    package let item: Int

    package init(of message: Message, item: Int) {
        source = message.delivery.source
        tag = message.delivery.tag
        part = message.part?.number ?? 0
        self.item = item
    }
}
