/// Which entries of tables and which branches were taken: what the coverage of tests is made of. One thread at a time.
package final class Trail {
    private struct Mark: Hashable {
        let step: ObjectIdentifier
        let entry: Int
    }

    private var taken: Set<Mark> = []

    package init() {}

    /// `step`: the table or choice, which lives as long as its shape.
    func mark(_ step: AnyObject, entry: Int) { taken.insert(Mark(step: ObjectIdentifier(step), entry: entry)) }

    fileprivate func has(_ step: ObjectIdentifier, entry: Int) -> Bool {
        taken.contains(Mark(step: step, entry: entry))
    }
}

/// A table or a choice of a mapping, with its entries or branches as people call them.
package struct BranchPoint: Sendable {
    private let step: ObjectIdentifier
    /// What the mapping calls it: "operation, table".
    package let name: String
    private let entries: [(number: Int, word: String)]

    /// `step` must live as long as this.
    init(_ step: AnyObject, name: String, entries: [(number: Int, word: String)]) {
        self.step = ObjectIdentifier(step)
        self.name = name
        self.entries = entries
    }

    /// The entries that were never taken.
    package func missing(in trail: Trail) -> [String] {
        entries.filter { !trail.has(step, entry: $0.number) }.map(\.word)
    }
}
