/// Cuts a stream of messages into batches: as many as fit the limits, a message larger than a batch in several.
///
/// A batch never waits for more to come: while one is being written the next one gathers, so batches grow with the load
/// and a lone message is settled at once.
package struct Batcher {
    private let limits: Limits
    private var messages: [PreparedMessage] = []
    /// Index of the first message that is not wholly taken, and how many of its items are.
    private var next = 0
    private var itemsTaken = 0
    private var itemsLeft = 0
    private var bytesLeft = 0

    package init(limits: Limits) { self.limits = limits }

    package var isEmpty: Bool { next >= messages.count }

    /// Whether so much is there that waiting would not make the next batch larger.
    package var hasFullBatch: Bool { itemsLeft >= limits.batchItems || bytesLeft >= limits.batchBytes }

    package mutating func append(_ message: PreparedMessage) {
        messages.append(message)
        itemsLeft += message.items.count
        bytesLeft += message.message.delivery.byteCount
    }

    /// The next batch; nil when there is nothing left.
    package mutating func batch() -> Batch? {
        var segments: [Segment] = []
        var items = 0
        var bytes = 0
        while next < messages.count, items < limits.batchItems, bytes < limits.batchBytes {
            let message = messages[next]
            let left = message.items.count - itemsTaken
            let perItem = message.message.delivery.byteCount / max(1, message.items.count)
            // At least one item, so that the largest possible one still goes through.
            let room = min(limits.batchItems - items, max(1, (limits.batchBytes - bytes) / max(1, perItem)))
            let taken = min(left, room)
            segments.append(Segment(message: message, range: itemsTaken..<(itemsTaken + taken)))
            items += taken
            bytes += taken * perItem
            if taken == left {
                bytesLeft -= message.message.delivery.byteCount - itemsTaken * perItem
                next += 1
                itemsTaken = 0
            } else {
                bytesLeft -= taken * perItem
                itemsTaken += taken
            }
            itemsLeft -= taken
        }
        dropTaken()
        return segments.isEmpty ? nil : Batch(segments: segments)
    }

    /// What is taken must not be held here: a message keeps its whole document, and some wait long for the store.
    private mutating func dropTaken() {
        messages.removeFirst(next)
        next = 0
    }
}
