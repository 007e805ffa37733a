internal import Documents
internal import Mappings
internal import Pipeline

/// What the tests of a mapping have never come to.
package struct Coverage: Sendable {
    private struct Route: Sendable {
        var shapes: [String]
        var fields: [String: [String]]
        var possible: Set<String>
        var takenShapes: Set<String> = []
        var givenFields: Set<String> = []
        var operations: Set<String> = []
        var outcomes: Set<String> = []
        var hasRefusal = false
    }

    private var routes: [String: Route] = [:]
    private let order: [String]

    init(_ table: RouteTable) {
        order = table.routes.map(\.name)
        for route in table.routes {
            var fields: [String: [String]] = [:]
            for shape in route.shapes { fields[shape.name] = shape.fieldNames }
            routes[route.name] = Route(
                shapes: route.shapes.map(\.name), fields: fields, possible: Set(route.shapes.flatMap(\.operations)))
        }
    }

    mutating func add(_ report: Rehearsal.Report, route name: String) {
        guard var route = routes[name] else { return }
        defer { routes[name] = route }
        guard case .catalog(let catalog) = report.prepared.message.content else {
            route.hasRefusal = true
            return
        }
        let shape = catalog.origin?.shapeName ?? route.shapes.first ?? ""
        route.takenShapes.insert(shape)
        for outcome in report.outcomes { route.outcomes.insert(outcome.word) }
        catalog.document.withNode(catalog.itemsNode) { items in
            for item in items.elements {
                if let operation = item["operation"]?.string { route.operations.insert(operation) }
                for (field, value) in item.members where !value.isNull {
                    route.givenFields.insert("\(shape)\0\(field.string ?? "")")
                }
            }
        }
    }

    /// What was never exercised, a line each; and how much of all was.
    package var gaps: [String] {
        order.flatMap { name -> [String] in
            guard let route = routes[name] else { return [] }
            var lines: [String] = []
            for shape in route.shapes {
                guard route.takenShapes.contains(shape) else {
                    lines.append(
                        route.shapes.count > 1
                            ? "\(name): no message for the case '\(shape)'" : "\(name): no message at all")
                    continue
                }
                let missing = (route.fields[shape] ?? []).filter { !route.givenFields.contains("\(shape)\0\($0)") }
                if !missing.isEmpty { lines.append("\(name): never given a value: \(missing.joined(separator: ", "))") }
            }
            let operations = ["I", "U", "D", "IU"].filter {
                route.possible.contains($0) && !route.operations.contains($0)
            }
            if !operations.isEmpty, !route.takenShapes.isEmpty {
                lines.append("\(name): no item with operation \(operations.joined(separator: ", "))")
            }
            if !route.outcomes.contains("rejected"), !route.hasRefusal, !route.takenShapes.isEmpty {
                lines.append("\(name): nothing that is refused")
            }
            return lines
        }
    }
}
