/// Groups catalogs that must be applied in one order: those connected by references that are looked up. A record and
/// the record it refers to are then applied in the order sent.
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
                // The smaller name becomes the root, so that every instance computes the same groups.
                if a < b { parents[b] = a } else if b < a { parents[a] = b }
            }
        }
        groups = Dictionary(uniqueKeysWithValues: parents.keys.map { ($0, root($0)) })
    }

    func group(of catalog: String) -> String { groups[catalog] ?? catalog }
}
