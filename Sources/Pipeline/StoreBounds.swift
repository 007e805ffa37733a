/// How large the documents may be that a plan writes. The store refuses one above 16 MiB, so whatever a message holds, each
/// document that comes of it is smaller. All sizes are those of BSON: a list of small numbers is eight times as large there
/// as in JSON.
package enum StoreBounds {
    /// A document: 16 MiB less room for what a command adds.
    package static let documentBytes = (16 << 20) - (64 << 10)
    /// An `_id`. MongoDB would take longer ones, but reads, updates and deletes name each record by it.
    package static let keyBytes = 4 << 10
    /// What a dead letter holds of the message itself; a larger one goes to `gateway.deadLetterParts`.
    package static let payloadBytes = 12 << 20
    /// A document of `gateway.deadLetterParts`; also the JSON of the items that one dead letter takes together.
    package static let partBytes = 8 << 20
    /// All reasons of a dead letter. Beyond it the next item begins another letter.
    package static let reasonsBytes = 1 << 20
    /// All headers of a dead letter. No broker's message has as many: its header frame ends at 128 KiB.
    package static let headersBytes = 2 << 20
    /// `companyId` and `catalog` of a message that cannot be read; readable ones have at most 256.
    package static let nameBytes = 300
    /// Reasons of one item.
    package static let reasonsOfItem = 20
}
