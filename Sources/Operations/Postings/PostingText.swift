package import BSON
package import Contracts
internal import JSON
internal import MongoStore

/// Postings as JSON, for command line and console.
package enum PostingText {
    package static let byID: BSONLiteral = ["_id": 1]

    package static func json(_ row: PostingRow) -> String {
        var object = JSONObjectText()
        object.add("id", row.id.description)
        object.add("state", row.state.rawValue)
        object.add("origin", row.origin.rawValue)
        object.add("name", row.name)
        object.add("destination", row.target.description)
        object.add("messageId", row.messageId?.description)
        object.add("attempts", row.attempts)
        object.add("registeredAt", Instant.text(milliseconds: row.registeredAt))
        object.add("failedSince", row.failedSince.map { Instant.text(milliseconds: $0) })
        object.add("reason", row.reason)
        object.add("body", String(decoding: row.body, as: UTF8.self))
        return object.text
    }
}
