internal import JSON

/// Filters messages of the live tail.
struct MessageQuery: Sendable {
    static let names = ["after", "route", "company", "catalog", "outcome", "text", "limit"]

    /// Number of the last message already seen.
    var after = 0
    var limit = 100
    private var wanted: [String: String] = [:]

    init(_ query: [String: String]) throws(ConsoleProblem) {
        for (name, value) in query where !value.isEmpty {
            switch name {
            case "after": after = try Self.number(name, value, 0...Int.max)
            case "limit": limit = try Self.number(name, value, 1...500)
            case "route", "company", "catalog", "outcome", "text": wanted[name] = value
            default:
                let hint = Spelling.nearest(to: name, in: Self.names).map { "did you mean '\($0)'? " } ?? ""
                throw .invalid(
                    "'\(name.prefix(80))' is unknown here",
                    remedy: "\(hint)there are \(Self.names.joined(separator: ", "))")
            }
        }
    }

    private static func number(
        _ name: String, _ text: String, _ range: ClosedRange<Int>
    ) throws(ConsoleProblem) -> Int {
        if let number = Int(text), range.contains(number) { return number }
        throw .invalid(
            "'\(name)' is not a number from \(range.lowerBound)\(range.upperBound == .max ? "" : " to \(range.upperBound)")",
            remedy: "leave it out, or give a number")
    }

    /// `outcome`: of the message or of one of its items.
    func takes(_ message: SettledMessage) -> Bool {
        wanted.allSatisfy { name, value in
            switch name {
            case "route": message.route == value
            case "company": message.companyId == value
            case "catalog": message.catalog == value
            case "outcome":
                message.outcome == value || message.counts.contains { $0.outcome == value && $0.count > 0 }
            default:
                [message.messageId ?? ""].contains { $0.contains(value) }
                    || message.reasons.contains { $0.contains(value) }
                    || message.items.contains { $0.key?.contains(value) == true }
            }
        }
    }
}

/// The result of a query.
struct MessagePage: Sendable {
    /// Newest first.
    var rows: [(number: Int, message: SettledMessage)]
    /// Number of the newest message.
    var last: Int
    /// Messages never shown since the gateway started.
    var leftOut: Int

    var text: String {
        var object = JSONObjectText()
        object.add("messages", objects: rows.map { $0.message.text($0.number, isWhole: false) })
        object.add("last", last)
        object.add("leftOut", leftOut)
        return object.text
    }
}
