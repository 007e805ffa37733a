/// Which catalogs must keep one order between them: those that refer to one another where the reference is looked up. A
/// record and what it refers to are then taken in the order in which they were sent.
struct OrderGroups: Sendable {
    private let groups: [String: String]

    init(_ definitions: [Definition]) {
        var parents: [String: String] = [:]
        func root(_ catalog: String) -> String {
            var at = catalog
            while let parent = parents[at] { at = parent }
            return at
        }
        for definition in definitions {
            for field in definition.fields where field.referencePolicy != .none {
                guard let other = field.reference else { continue }
                let (a, b) = (root(definition.catalog), root(other))
                // The lesser name leads, so that every instance comes to the same.
                if a < b { parents[b] = a } else if b < a { parents[a] = b }
            }
        }
        groups = Dictionary(uniqueKeysWithValues: parents.keys.map { ($0, root($0)) })
    }

    func group(of catalog: String) -> String { groups[catalog] ?? catalog }
}
