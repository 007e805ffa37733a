/// Records which table entries and branches were taken, for test coverage. One thread at a time.
package final class Trail {
    private struct Mark: Hashable {
        let step: ObjectIdentifier
        let entry: Int
    }

    private var taken: Set<Mark> = []

    package init() {}

    /// `step`: the table or choice; it must live as long as its shape.
    func mark(_ step: AnyObject, entry: Int) { taken.insert(Mark(step: ObjectIdentifier(step), entry: entry)) }

    fileprivate func has(_ step: ObjectIdentifier, entry: Int) -> Bool {
        taken.contains(Mark(step: step, entry: entry))
    }
}

/// A table or choice of a mapping, with its entries or branches as displayed.
package struct BranchPoint: Sendable {
    private let step: ObjectIdentifier
    /// Its name in the mapping: "operation, table".
    package let name: String
    private let entries: [(number: Int, word: String)]

    /// `step` must outlive this value.
    init(_ step: AnyObject, name: String, entries: [(number: Int, word: String)]) {
        self.step = ObjectIdentifier(step)
        self.name = name
        self.entries = entries
    }

    /// The entries never taken.
    package func missing(in trail: Trail) -> [String] {
        entries.filter { !trail.has(step, entry: $0.number) }.map(\.word)
    }
}
