/// The outcome of an item; each item has exactly one.
package enum Outcome: UInt8, Sendable, CaseIterable {
    case inserted, updated, unchanged, deleted, absent, rejected

    package var word: String { "\(name)" }

    /// The name as a document field.
    var name: StaticString {
        switch self {
        case .inserted: "inserted"
        case .updated: "updated"
        case .unchanged: "unchanged"
        case .deleted: "deleted"
        case .absent: "absent"
        case .rejected: "rejected"
        }
    }
}

/// Number of items by outcome.
package struct OutcomeCounts: Sendable, Equatable {
    private var counts: InlineArray<6, Int> = .init(repeating: 0)

    package init() {}

    package subscript(outcome: Outcome) -> Int {
        get { counts[Int(outcome.rawValue)] }
        set { counts[Int(outcome.rawValue)] = newValue }
    }

    package var total: Int { Outcome.allCases.reduce(0) { $0 + self[$1] } }

    package static func += (a: inout OutcomeCounts, b: OutcomeCounts) {
        for outcome in Outcome.allCases { a[outcome] += b[outcome] }
    }

    package static func == (a: OutcomeCounts, b: OutcomeCounts) -> Bool {
        Outcome.allCases.allSatisfy { a[$0] == b[$0] }
    }
}
