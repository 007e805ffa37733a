package import BSON
package import Contracts
package import JSON

/// Pushes as JSON, for command line and console.
package enum PushListing {
    /// By the index on the time.
    package static let newest: BSONLiteral = ["registeredAt": -1]

    /// Conditions that are nil hold for all. `since`: milliseconds since 1970.
    package static func filter(topic: String?, key: String?, since: Int64?) -> BSONLiteral {
        [
            "topic": .ifThere(topic) { .value($0) }, "key": .ifThere(key) { .value($0) },
            "registeredAt": .ifThere(since) { ["$gte": .date($0)] },
        ]
    }

    /// All but the body.
    package static func facts(_ row: PushRow) -> JSONObjectText {
        var object = JSONObjectText()
        object.add("id", row.id.description)
        object.add("at", Instant.text(milliseconds: row.registeredAt))
        object.add("route", row.route)
        object.add("topic", row.topic)
        object.add("key", row.key)
        object.add("bytes", row.body.count)
        return object
    }

    /// JSON text, without the values of members of these names.
    package static func body(_ row: PushRow, hiding secrets: Set<String>) -> String {
        guard !secrets.isEmpty, let body = try? JSONParser().parse(row.body) else {
            return String(decoding: row.body, as: UTF8.self)
        }
        return body.withRoot { JSONText.text($0, hiding: secrets) }
    }
}
