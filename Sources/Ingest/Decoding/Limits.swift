internal import Contracts
internal import JSON

/// Limits of what the pipeline accepts and buffers.
package struct Limits: Sendable, Equatable {
    /// Maximum bytes of a message; a larger one is stored whole as a dead letter `tooLarge`, but never parsed.
    package var messageBytes = 128 << 20
    /// Maximum bytes of an item's JSON: MongoDB's 16 MiB less the fields a record adds.
    package var itemBytes = (16 << 20) - (64 << 10)
    /// Maximum nesting of an item; MongoDB's drivers and tools stop at 100.
    package var itemDepth = 100
    /// Maximum items of a batch (one transaction).
    package var batchItems = 1000
    /// Maximum bytes of JSON in a batch.
    package var batchBytes = 4 << 20
    /// Bytes of decoded, unsettled messages; a decoded message takes about four times its bytes. One that takes more
    /// counts as more.
    package var inFlightBytes = 8 << 20
    /// Messages up to this size are parsed at once; larger ones window by window, since the tape of a text of small
    /// values takes twelve times its bytes.
    package var wholeBytes = 1 << 20
    /// The same for mapped messages, whose items may expand when mapped.
    package var wholeMappedBytes = 256 << 10
    /// Maximum bytes of a message without its items: kept in memory throughout, and copied into each dead letter.
    package var envelopeBytes = 8 << 20
    /// Maximum tokens of a window, 16 bytes each.
    package var windowNodes = 256 << 10
    /// Maximum bytes of the prepared items of a batch: records, keys, reasons, postings. At least one item is admitted.
    package var preparedBytes = 8 << 20
    /// Items that are decoded and not settled, after which no further message is decoded: two batches at work, and one that
    /// waits.
    package var inFlightItems: Int { 3 * batchItems }
    /// Unsettled messages per queue, so that batches fill up even with single-item messages. How many are decoded is
    /// bounded in bytes.
    package var prefetch: Int { min(4 * batchItems, 65535) }
    /// Maximum reasons of an item; further ones are dropped.
    package var reasonsPerItem = 20

    /// Items prepared at once: a batch's, or several small batches'.
    var partItems: Int { max(1, batchItems) * max(1, 256 / max(1, batchItems)) }

    /// Bounds of a window of a large message.
    var window: JSONWindow.Bounds {
        JSONWindow.Bounds(elements: partItems, bytes: batchBytes, nodes: windowNodes)
    }

    package init() {}
}
