internal import Documents

/// What the pipeline takes in at most.
package struct Limits: Sendable, Equatable {
    /// Bytes of a message; a larger one is kept whole as a dead letter `tooLarge`, but never parsed.
    package var messageBytes = 128 << 20
    /// Bytes of one item's JSON: the store's 16 MiB less room for what a record adds.
    package var itemBytes = (16 << 20) - (64 << 10)
    /// Levels of objects and arrays in one item; MongoDB's drivers and tools stop at 100.
    package var itemDepth = 100
    /// Items of a batch: one transaction.
    package var batchItems = 1000
    /// Bytes of JSON in a batch.
    package var batchBytes = 4 << 20
    /// Bytes of messages that are decoded and not settled; decoded, a message takes about four times its bytes. One that takes
    /// more counts as more.
    package var inFlightBytes = 8 << 20
    /// Bytes of a message up to which all of it is parsed at once. Of a larger one the items are parsed window by window, as
    /// batches are cut: parsed, a text of small values takes twelve times its bytes.
    package var wholeBytes = 1 << 20
    /// The same for messages that a mapping reads: what it writes of each item may be many times as long.
    package var wholeMappedBytes = 256 << 10
    /// Bytes of a message beside its items: they stay while the items are worked on, and go into each dead letter.
    package var envelopeBytes = 8 << 20
    /// Tokens of a window: its tape takes 16 bytes for each.
    package var windowNodes = 256 << 10
    /// Bytes of what is made of the items of one batch: records, keys, reasons, postings. At least one item goes.
    package var preparedBytes = 8 << 20
    /// Bytes of a document of the store; an item that takes more as a record is not even parsed.
    package var documentBytes = StoreBounds.documentBytes
    /// Items that are decoded and not settled, after which no further message is decoded: two batches at work, and one that
    /// waits.
    package var inFlightItems: Int { 3 * batchItems }
    /// Messages that the broker hands out before one is settled, so that those of one item fill the batches too. How many
    /// of them are read is bounded in bytes.
    package var prefetch: Int { min(4 * batchItems, 65535) }
    /// Reasons that one item may have; the rest is cut.
    package var reasonsPerItem = 20

    /// Items that are prepared together: a batch's, or, where batches are small, those of several.
    var partItems: Int { max(1, batchItems) * max(1, 256 / max(1, batchItems)) }

    /// What is parsed together of a large message.
    var window: JSONWindow.Bounds {
        JSONWindow.Bounds(elements: partItems, bytes: batchBytes, nodes: windowNodes)
    }

    package init() {}
}
