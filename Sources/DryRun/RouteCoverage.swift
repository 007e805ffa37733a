internal import Ingest
internal import JSON
internal import Mappings
internal import Schemas

/// Test coverage of a route.
struct RouteCoverage {
    let mapping: RouteMapping
    var takenShapes: Set<String> = []
    var givenFields: Set<String> = []
    var operations: Set<String> = []
    var outcomes: Set<String> = []
    var hasRefusal = false
    var hasUntaken = false
    /// By catalog, in order of first use.
    var definitions: [DefinitionCoverage] = []

    var possible: [String] {
        ["I", "U", "D", "IU"].filter { word in mapping.shapes.contains { $0.operations.contains(word) } }
    }

    mutating func add(_ report: RouteDryRun.Report) {
        switch report.prepared.message.content {
        case .ignored: hasUntaken = true
        case .unreadable(let reasons, _, _, _):
            hasRefusal = true
            if reasons.contains(where: \.isUntaken) { hasUntaken = true }
        case .catalog(let catalog): add(report, catalog)
        }
    }

    private mutating func add(_ report: RouteDryRun.Report, _ catalog: CatalogMessage) {
        let name = catalog.origin?.shapeName ?? mapping.shapes.first?.name ?? ""
        takenShapes.insert(name)
        for outcome in report.outcomes { outcomes.insert(outcome.word) }
        let shape = mapping.shapes.first { $0.name == name }
        let definition = catalog.definition
        var own = definitions.firstIndex { $0.definition.catalog == definition.catalog && $0.shape === shape }
        if own == nil {
            definitions.append(DefinitionCoverage(definition, shape: shape))
            own = definitions.count - 1
        }
        catalog.document.withNode(catalog.itemsNode) { items in
            for (index, item) in items.elements.enumerated() {
                if let operation = item["operation"]?.string { operations.insert(operation) }
                for (field, value) in item.members where !value.isNull {
                    givenFields.insert("\(name)\0\(field.string ?? "")")
                }
                if let own { definitions[own].add(item, report.prepared.items[index]) }
            }
        }
        if let own { definitions[own].add(report) }
    }

    func gaps(_ trail: Trail) -> [String] {
        var lines: [String] = []
        for shape in mapping.shapes {
            guard takenShapes.contains(shape.name) else {
                lines.append(
                    mapping.shapes.count > 1 ? "no message for the case '\(shape.name)'" : "no message at all")
                continue
            }
            let missing = shape.fieldNames.filter { !givenFields.contains("\(shape.name)\0\($0)") }
            if !missing.isEmpty { lines.append("never given a value: \(missing.joined(separator: ", "))") }
            for point in shape.branchPoints {
                let missing = point.missing(in: trail)
                if !missing.isEmpty { lines.append("\(point.name), never taken: \(missing.joined(separator: ", "))") }
            }
        }
        guard !takenShapes.isEmpty else { return lines }
        if mapping.shapes.allSatisfy(\.hasCondition), !hasUntaken {
            lines.append("no message that matches no 'when' (else)")
        }
        let unused = possible.filter { !operations.contains($0) }
        if !unused.isEmpty { lines.append("no item with operation \(unused.joined(separator: ", "))") }
        for definition in definitions {
            let isOne = mapping.shapes.count == 1
            let place = isOne ? "" : definition.shape.map { "case '\($0.name)': " } ?? ""
            lines += definition.gaps().map { place + $0 }
        }
        if !outcomes.contains("rejected"), !hasRefusal { lines.append("no invalid item") }
        return lines
    }
}
