internal import Documents
internal import Records

/// A message, or one batch's part of a long one, as it was settled: what the live tail shows of it.
package struct SettledMessage: Sendable {
    package struct Item: Sendable {
        /// Its number in the message, from 0.
        package var number: Int
        /// `I`, `U`, `D` or `IU`; nil where it could not be read.
        package var operation: String?
        /// The record's `_id`; nil where it has none.
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
    /// The sender, as the ledger knows it beside the message-id.
    package var appId: String?
    package var companyId: String?
    package var catalog: String?
    /// Of the message: `applied`, `partlyRejected`, `rejected`, `deadLettered`, `duplicate`, or `ignored`.
    package var outcome: String
    /// Items of the whole message.
    package var itemCount = 0
    /// The first 200 of this part, those that were refused before others.
    package var items: [Item] = []
    /// How many items of this part ended how.
    package var counts: [(outcome: String, count: Int)] = []
    /// Why something was refused, in words; the first 20.
    package var reasons: [String] = []
    package var headers: [(name: String, value: String)] = []
    package var byteCount = 0
    /// As it came; nil where it is too large to be kept.
    package var body: [UInt8]?

    /// Items and reasons that are shown, and bytes of a message that is kept.
    package static let mostItems = 200
    package static let mostReasons = 20
    package static let largestBody = 64 << 10

    package init(at: Int64, route: String, queue: String, outcome: String) {
        self.at = at
        self.route = route
        self.queue = queue
        self.outcome = outcome
    }

    /// Whether something of it was refused: such messages are shown before others where there are too many.
    var isRefused: Bool { ["partlyRejected", "rejected", "deadLettered"].contains(outcome) }

    /// Bytes that it holds in memory, about.
    var weight: Int {
        512 + (body?.count ?? 0) + items.count * 96 + reasons.reduce(0) { $0 + $1.utf8.count }
            + headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    }

    /// `isWhole`: with items, reasons, headers and message.
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
