package import Documents

/// Parts of messages that are settled in one transaction, in their order.
package struct Batch: Sendable {
    package var segments: [Segment]
    /// Items that the store itself refused when they stood alone, by place.
    package var refusals: [ItemPlace: Reason] = [:]
    /// Further ledger rows that the plan asked to see; see ``BatchResult/missingLedgerIDs``.
    package var furtherLedgerIDs: [ByteString] = []

    /// Rows of the ledger, as a redelivered message has written them at that time, after which the broker has confirmed that
    /// the batch's channels are open; see ``BatchResult/doubtful``.
    package var confirmed: [ByteString: Int64] = [:]

    /// A number that no other batch has; its tries share it. Ledger rows of messages without an id of their own tell it.
    package var mark: UInt64?

    package init(segments: [Segment]) { self.segments = segments }

    package var itemCount: Int { segments.reduce(0) { $0 + $1.range.count } }

    /// Whether each of its messages has an id of its sender, by which the ledger knows it however it is delivered.
    var isKnownBySender: Bool { segments.allSatisfy { $0.message.message.identity.isFromSender } }

    /// The same work in two batches, the first to be settled first; nil where there is only one item.
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

/// Some consecutive items of a message: all of them, unless the message is larger than a batch.
package struct Segment: Sendable {
    package let message: PreparedMessage
    package let range: Range<Int>

    package init(message: PreparedMessage, range: Range<Int>) {
        self.message = message
        self.range = range
    }

    /// Whether the message is settled when this is.
    package var isLast: Bool { range.upperBound == message.items.count }
}

/// One item of one message, or of one part of it.
package struct ItemPlace: Hashable, Sendable {
    private let tag: DeliveryTag
    private let part: Int
    package let item: Int

    package init(of message: Message, item: Int) {
        tag = message.delivery.tag
        part = message.part?.number ?? 0
        self.item = item
    }
}
