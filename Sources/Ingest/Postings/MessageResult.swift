internal import Contracts
internal import JSON
internal import BSON
internal import Schemas

/// The result of a message as JSON, for its sender.
struct MessageResult {
    /// Maximum number of errors in a result; `moreErrors` counts the others.
    static let errorLimit = 100

    let message: Message
    let route: String
    /// Milliseconds since 1970.
    let settledAt: Int64
    /// Nil for a message that became a dead letter as a whole.
    let outcomes: OutcomeCounts?
    let errors: [Reason]
    /// Items without effect because their record is newer.
    let staleItems: [Int]

    var text: [UInt8] {
        let delivery = message.delivery
        var object = JSONObjectText()
        object.add("messageId", delivery.properties.messageId?.asText.description)
        object.add("route", route)
        object.add("queue", delivery.queue)
        let (companyId, catalog) = names
        if let part = message.part { object.add("case", part.name) }
        object.add("companyId", companyId)
        object.add("catalog", catalog)
        object.add("outcome", word)
        let counts = outcomes ?? OutcomeCounts()
        object.add("items", counts.total)
        var each = JSONObjectText()
        for outcome in Outcome.allCases { each.add(outcome.word, counts[outcome]) }
        object.add("outcomes", raw: each.text)
        object.add("errors", objects: errors.prefix(Self.errorLimit).map { Self.text(of: $0) })
        // An item may have several reasons; further ones are in the dead letters.
        let told = Set(errors.prefix(Self.errorLimit).compactMap(\.item)).count
        object.add("moreErrors", max(0, counts[.rejected] - told))
        if !staleItems.isEmpty { object.add("stale", objects: staleItems.prefix(Self.errorLimit).map { String($0) }) }
        object.add("receivedAt", Instant.text(milliseconds: delivery.receivedAt))
        object.add("settledAt", Instant.text(milliseconds: settledAt))
        return Array(object.text.utf8)
    }

    private var word: String {
        guard let outcomes else { return "deadLettered" }
        if outcomes[.rejected] == 0 { return "applied" }
        return outcomes[.rejected] == outcomes.total ? "rejected" : "partlyRejected"
    }

    private var names: (companyId: String?, catalog: String?) {
        switch message.content {
        case .catalog(let catalog): (catalog.companyId.description, catalog.definition.catalog)
        case .unreadable(_, let companyId, let catalog, _): (companyId?.description, catalog?.description)
        case .ignored: (nil, nil)
        }
    }

    private static func text(of reason: Reason) -> String {
        var object = JSONObjectText()
        if let item = reason.item { object.add("item", item) } else { object.add("item", raw: "null") }
        object.add("code", reason.code.rawValue)
        object.add("pointer", reason.pointer.description)
        object.add("text", reason.text)
        return object.text
    }
}
