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
    /// Clients of sockets: whether one subscribed, one did not, one went on where it was.
    var hasSubscriber = false
    var hasOtherClient = false
    var hasReturningClient = false
    /// By catalog, in order of first use.
    var definitions: [DefinitionCoverage] = []

    var possible: [String] {
        ["I", "U", "D", "IU"].filter { word in mapping.shapes.contains { $0.operations.contains(word) } }
    }

    mutating func add(_ report: SocketDryRun.Report) {
        if report.key == nil { hasOtherClient = true } else { hasSubscriber = true }
        if report.comesBack { hasReturningClient = true }
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
        if let subscription = mapping.subscription { return gaps(of: subscription, trail) }
        for shape in mapping.shapes {
            guard takenShapes.contains(shape.name) else {
                lines.append(
                    mapping.shapes.count > 1 ? "no message for the case '\(shape.name)'" : "no message at all")
                continue
            }
            let missing = shape.fieldNames.filter { !givenFields.contains("\(shape.name)\0\($0)") }
            if !missing.isEmpty { lines.append("never given a value: \(missing.joined(separator: ", "))") }
            for point in shape.branchPoints {
                if let gap = Self.gap(point, trail) { lines.append(gap) }
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

    private func gaps(of subscription: SubscriptionShape, _ trail: Trail) -> [String] {
        guard hasSubscriber else { return ["no message that subscribes"] }
        var lines = subscription.branchPoints.compactMap { Self.gap($0, trail) }
        if !hasOtherClient { lines.append("no message that does not subscribe") }
        if subscription.takesAfter, !hasReturningClient { lines.append("no client that comes back (after)") }
        return lines
    }

    private static func gap(_ point: BranchPoint, _ trail: Trail) -> String? {
        let missing = point.missing(in: trail)
        return missing.isEmpty ? nil : "\(point.name), never taken: \(missing.joined(separator: ", "))"
    }
}
