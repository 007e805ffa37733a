/// Cuts a stream of messages into batches: as many as fit the limits, a message larger than a batch in several.
///
/// A batch never waits for more to come: while one is being written the next one gathers, so batches grow with the load
/// and a lone message is settled at once.
package struct Batcher {
    private let limits: Limits
    /// Of each message that is not wholly taken the part that is prepared: its first one, or, of the first message, the one
    /// that is being cut.
    private var parts: [PreparedMessage] = []
    /// Items of the first message that are taken.
    private var itemsTaken = 0
    private var itemsLeft = 0
    private var bytesLeft = 0

    package init(limits: Limits) { self.limits = limits }

    package var isEmpty: Bool { parts.isEmpty }

    /// Whether so much is there that waiting would not make the next batch larger.
    package var hasFullBatch: Bool { itemsLeft >= limits.batchItems || bytesLeft >= limits.batchBytes }

    package mutating func append(_ message: PreparedMessage) {
        parts.append(message)
        itemsLeft += message.itemCount
        bytesLeft += message.message.delivery.byteCount
    }

    /// What must be prepared before the next batch can be cut: the first message goes on behind its prepared part. Nil where
    /// nothing must.
    package var missing: ItemsLeft? {
        guard let first = parts.first, itemsTaken == first.endItem else { return nil }
        return first.rest
    }

    /// Gives what was ``missing``.
    package mutating func supply(_ part: PreparedMessage) { parts[0] = part }

    /// The next batch; nil when there is nothing left. Nothing is ``missing``.
    package mutating func batch() -> Batch? {
        var segments: [Segment] = []
        var items = 0
        var bytes = 0
        var next = 0
        while next < parts.count, items < limits.batchItems, bytes < limits.batchBytes {
            let part = parts[next]
            let message = part.message.delivery
            let left = part.endItem - itemsTaken
            if left == 0, part.rest != nil { break }
            let perItem = message.byteCount / max(1, part.itemCount)
            // At least one item, so that the largest possible one still goes through.
            let room = min(limits.batchItems - items, max(1, (limits.batchBytes - bytes) / max(1, perItem)))
            let taken = min(left, room)
            segments.append(Segment(message: part, range: itemsTaken..<(itemsTaken + taken)))
            items += taken
            bytes += taken * perItem
            itemsLeft -= taken
            if taken == left, part.rest == nil {
                bytesLeft -= message.byteCount - itemsTaken * perItem
                // Fewer than were announced, where a mapping has left some out.
                itemsLeft -= part.itemCount - part.endItem
                next += 1
                itemsTaken = 0
            } else {
                bytesLeft -= taken * perItem
                itemsTaken += taken
                // Its next part ends a batch or is one: parts are cut as batches are.
                if taken == left { break }
            }
        }
        // What is taken must not be held here: a message keeps its whole document, and some wait long for the store.
        parts.removeFirst(next)
        return segments.isEmpty ? nil : Batch(segments: segments)
    }
}
