internal import Contracts
internal import JSON
internal import Mappings

/// Test coverage of a feed.
struct FeedCoverage {
    let mapping: FeedMapping
    private var hasDocument = false
    private var hasSkipped = false
    /// Fields that had a value other than null.
    private var givenFields: Set<String> = []

    init(mapping: FeedMapping) { self.mapping = mapping }

    mutating func add(_ reports: [FeedDryRun.Report], of documents: Int) {
        // The gateway's own console is not a document.
        let own = mapping.addsConsole ? 1 : 0
        if documents > 0 { hasDocument = true }
        if reports.count - own < documents { hasSkipped = true }
        for body in reports.compactMap({ $0.row?.body }) {
            guard let document = try? JSONParser().parse(body) else { continue }
            document.withRoot { root in
                for (name, value) in root.members where !value.isNull { givenFields.insert(name.string ?? "") }
            }
        }
    }

    func gaps(_ trail: Trail) -> [String] {
        guard hasDocument else { return ["no document at all"] }
        var lines: [String] = []
        let missing = mapping.document.fieldNames.filter { !givenFields.contains($0) }
        if !missing.isEmpty { lines.append("never given a value: \(missing.joined(separator: ", "))") }
        for point in mapping.document.branchPoints {
            let missing = point.missing(in: trail)
            if !missing.isEmpty { lines.append("\(point.name), never taken: \(missing.joined(separator: ", "))") }
        }
        if mapping.document.hasCondition, !hasSkipped { lines.append("no document excluded by 'when'") }
        return lines
    }
}
