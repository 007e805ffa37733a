/// Cuts a stream of messages into batches within the limits; a message larger than a batch into several.
///
/// A batch never waits for more messages: the next one accumulates while one is being written, so batches grow with the
/// load and a single message is settled at once.
package struct Batcher {
    private let limits: Limits
    /// The prepared part of each message that is not completely taken: its first, or, for the first message, the
    /// current one.
    private var parts: [PreparedMessage] = []
    /// Number of the first message's items that are taken.
    private var itemsTaken = 0
    private var itemsLeft = 0
    private var bytesLeft = 0

    package init(limits: Limits) { self.limits = limits }

    package var isEmpty: Bool { parts.isEmpty }

    /// Whether waiting could not make the next batch larger.
    package var hasFullBatch: Bool { itemsLeft >= limits.batchItems || bytesLeft >= limits.batchBytes }

    package mutating func append(_ message: PreparedMessage) {
        parts.append(message)
        itemsLeft += message.itemCount
        bytesLeft += message.message.delivery.byteCount
    }

    /// The part that must be prepared before the next batch can be cut: the first message's next items. Nil if none.
    package var missing: ItemsLeft? {
        guard let first = parts.first, itemsTaken == first.endItem else { return nil }
        return first.rest
    }

    /// Supplies the ``missing`` part.
    package mutating func supply(_ part: PreparedMessage) { parts[0] = part }

    /// The next batch; nil if empty. Nothing may be ``missing``.
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
            // At least one item, so that the largest possible one still passes.
            let room = min(limits.batchItems - items, max(1, (limits.batchBytes - bytes) / max(1, perItem)))
            let taken = min(left, room)
            segments.append(Segment(message: part, range: itemsTaken..<(itemsTaken + taken)))
            items += taken
            bytes += taken * perItem
            itemsLeft -= taken
            if taken == left, part.rest == nil {
                bytesLeft -= message.byteCount - itemsTaken * perItem
                // Fewer than announced if a mapping filters items.
                itemsLeft -= part.itemCount - part.endItem
                next += 1
                itemsTaken = 0
            } else {
                bytesLeft -= taken * perItem
                itemsTaken += taken
                // The message's next part ends a batch or is one: parts are cut as batches are.
                if taken == left { break }
            }
        }
        // Do not hold what is taken: a message owns its whole document, and some wait long for the store.
        parts.removeFirst(next)
        return segments.isEmpty ? nil : Batch(segments: segments)
    }
}
