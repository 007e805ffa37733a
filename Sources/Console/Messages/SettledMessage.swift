internal import JSON
internal import BSON

/// A settled message, or the settled parts of a long one, as shown in the live tail.
package struct SettledMessage: Sendable {
    package struct Item: Sendable {
        /// Its number in the message, from 0.
        package var number: Int
        /// `I`, `U`, `D` or `IU`; nil if unreadable.
        package var operation: String?
        /// The record's `_id`; nil if it has none.
        package var key: String?
        package var outcome: String

        package init(number: Int, operation: String?, key: String?, outcome: String) {
            self.number = number
            self.operation = operation
            self.key = key
            self.outcome = outcome
        }
    }

    /// When it was settled; milliseconds since 1970.
    package var at: Int64
    package var route: String
    package var queue: String
    package var messageId: String?
    /// Equal for the parts of a long message, which become one row; nil for a message of one part.
    package var identity: String?
    /// The sender; with the message-id it identifies the message in the ledger.
    package var appId: String?
    package var companyId: String?
    package var catalog: String?
    /// Of the message: `applied`, `partlyRejected`, `rejected`, `deadLettered`, `duplicate`, or `ignored`.
    package var outcome: String
    /// Number of items of the whole message.
    package var itemCount = 0
    /// The first 200 items of this part, refused ones first.
    package var items: [Item] = []
    /// Item counts of this part by outcome.
    package var counts: [(outcome: String, count: Int)] = []
    /// The first 20 reasons for refusal.
    package var reasons: [String] = []
    package var headers: [(name: String, value: String)] = []
    package var byteCount = 0
    /// The original body; nil if too large to keep.
    package var body: [UInt8]?

    /// Limits of shown items, shown reasons and body bytes.
    package static let mostItems = 200
    package static let mostReasons = 20
    package static let largestBody = 64 << 10

    package init(at: Int64, route: String, queue: String, outcome: String) {
        self.at = at
        self.route = route
        self.queue = queue
        self.outcome = outcome
    }

    /// Adds a further part. The head, its body and its headers stay as they are.
    mutating func add(_ part: SettledMessage) {
        at = part.at
        itemCount = max(itemCount, part.itemCount)
        if part.outcome != "duplicate", outcome != part.outcome {
            outcome = outcome == "duplicate" ? part.outcome : "partlyRejected"
        }
        for (word, count) in part.counts {
            if let index = counts.firstIndex(where: { $0.outcome == word }) {
                counts[index].count += count
            } else {
                counts.append((word, count))
            }
        }
        let refused = items.filter { $0.outcome == "rejected" } + part.items.filter { $0.outcome == "rejected" }
        let others = items.filter { $0.outcome != "rejected" } + part.items.filter { $0.outcome != "rejected" }
        items = Array((refused + others).prefix(Self.mostItems))
        reasons = Array((reasons + part.reasons).prefix(Self.mostReasons))
    }

    /// Whether any part was refused: these messages take precedence when the tail is full.
    var isRefused: Bool { ["partlyRejected", "rejected", "deadLettered"].contains(outcome) }

    /// Approximate size in memory, in bytes.
    var weight: Int {
        512 + (body?.count ?? 0) + items.count * 96 + reasons.reduce(0) { $0 + $1.utf8.count }
            + headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    }

    /// `isWhole`: include items, reasons, headers and body.
    func text(_ number: Int, isWhole: Bool) -> String {
        var object = JSONObjectText()
        object.add("number", number)
        object.add("at", Instant.text(milliseconds: at))
        object.add("route", route)
        object.add("queue", queue)
        object.add("messageId", messageId)
        object.add("companyId", companyId)
        object.add("catalog", catalog)
        object.add("outcome", outcome)
        object.add("itemCount", itemCount)
        object.add("outcomes", raw: StatusReport.counts(counts.map { ($0.outcome, $0.count) }))
        object.add("reason", reasons.first)
        object.add("bytes", byteCount)
        guard isWhole else { return object.text }
        object.add(
            "items",
            objects: items.map { item in
                var row = JSONObjectText()
                row.add("item", item.number)
                row.add("operation", item.operation)
                row.add("key", item.key)
                row.add("outcome", item.outcome)
                return row.text
            })
        object.add("reasons", raw: "[" + reasons.map { JSONText.quoted($0) }.joined(separator: ",") + "]")
        var fields = JSONObjectText()
        for header in headers { fields.add(header.name, header.value) }
        object.add("headers", raw: fields.text)
        object.add("message", body.map { String(decoding: $0, as: UTF8.self) })
        return object.text
    }
}
