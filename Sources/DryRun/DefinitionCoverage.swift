internal import Ingest
internal import JSON
internal import Mappings
internal import Schemas

/// Test coverage of a definition: its rules, and the effects of operations on records.
struct DefinitionCoverage {
    let definition: Definition
    /// The shape that makes the items; nil for catalog messages.
    let shape: MessageShape?
    private var operations: Set<String> = []
    private var broken: Set<String> = []
    /// Operations, each with whether the record existed: `I` and true.
    private var met: Set<String> = []

    init(_ definition: Definition, shape: MessageShape?) {
        self.definition = definition
        self.shape = shape
    }

    /// Adds an item's operation and violated rules.
    mutating func add(_ item: JSONNode, _ prepared: PreparedItem) {
        if let operation = prepared.operation { operations.insert(operation.word) }
        guard prepared.isRejected, item.isObject else { return }
        let operation = prepared.operation
        if operation != .delete, operation != .update {
            for field in definition.fields where field.isRequired && item[field.name] == nil {
                broken.insert(Self.rule(field.name, "required"))
            }
        }
        let program: Definition.Program =
            switch operation {
            case .delete: .keyOnly
            case .update: .partial
            default: .complete
            }
        for violation in definition.validate(item, as: program, limit: 200) {
            guard let field = violation.pointer.tokens.first else { continue }
            broken.insert(Self.rule(field, violation.keyword))
        }
    }

    /// Adds the outcomes of applied items.
    mutating func add(_ report: RouteDryRun.Report) {
        guard report.kind == .applied else { return }
        for (item, outcome) in zip(report.prepared.items, report.outcomes) {
            guard let operation = item.operation, !item.isRejected else { continue }
            switch (operation, outcome) {
            case (_, .inserted), (.update, .rejected), (_, .absent): met.insert(Self.meeting(operation.word, false))
            default: met.insert(Self.meeting(operation.word, true))
            }
        }
    }

    private static func rule(_ field: String, _ keyword: String) -> String { "\(field) (\(keyword))" }
    private static func meeting(_ operation: String, _ isThere: Bool) -> String { "\(operation)\0\(isThere)" }

    func gaps() -> [String] {
        var lines: [String] = []
        let meetings = ["I", "U", "D", "IU"].filter { operations.contains($0) }.flatMap { operation in
            [true, false].filter { !met.contains(Self.meeting(operation, $0)) }.map { isThere in
                "\(operation) \(isThere ? "present" : "absent")"
            }
        }
        if !meetings.isEmpty {
            lines.append("\(definition.catalog): records never met: \(meetings.joined(separator: ", "))")
        }
        let unbroken = definition.fields.compactMap { field -> String? in
            guard shape?.isOpen(field: field.name) ?? true else { return nil }
            let keywords = ((field.isRequired ? ["required"] : []) + field.rules).filter {
                !broken.contains(Self.rule(field.name, $0))
            }
            return keywords.isEmpty ? nil : "\(field.name) (\(keywords.joined(separator: ", ")))"
        }
        if !unbroken.isEmpty {
            lines.append("\(definition.catalog): rules never broken: \(unbroken.joined(separator: ", "))")
        }
        return lines
    }
}
