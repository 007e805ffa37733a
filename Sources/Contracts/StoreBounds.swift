/// Size limits of documents that a plan writes, so that each stays below the store's 16 MiB, whatever a message
/// contains. Sizes are BSON: a list of small numbers is eight times larger than in JSON.
package enum StoreBounds {
    /// A document: 16 MiB less the overhead of a command.
    package static let documentBytes = (16 << 20) - (64 << 10)
    /// An `_id`. MongoDB accepts longer ones, but reads, updates and deletes name each record by it.
    package static let keyBytes = 4 << 10
    /// The payload in a dead letter; a larger one goes to `gateway.deadLetterParts`.
    package static let payloadBytes = 12 << 20
    /// A document of `gateway.deadLetterParts`; also the JSON of the items in one dead letter.
    package static let partBytes = 8 << 20
    /// All reasons of a dead letter. Beyond it the next item starts another dead letter.
    package static let reasonsBytes = 1 << 20
    /// All headers of a dead letter. Real messages have fewer: a header frame ends at 128 KiB.
    package static let headersBytes = 2 << 20
    /// `companyId` and `catalog` of an unreadable message; in readable ones they have at most 256 bytes.
    package static let nameBytes = 300
    /// Reasons of one item.
    package static let reasonsOfItem = 20
}
