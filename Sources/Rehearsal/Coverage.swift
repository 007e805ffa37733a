internal import Mappings

/// What the tests of a mapping have never come to.
package struct Coverage {
    /// Where the mappings tell which ways they take.
    let trail = Trail()
    private var routes: [RouteCoverage]

    init(_ table: RouteTable) { routes = table.routes.map { RouteCoverage(mapping: $0) } }

    mutating func add(_ report: Rehearsal.Report, route name: String) {
        guard let index = routes.firstIndex(where: { $0.mapping.name == name }) else { return }
        routes[index].add(report)
    }

    /// What was never exercised, a line each.
    package var gaps: [String] {
        routes.flatMap { route in route.gaps(trail).map { "\(route.mapping.name): \($0)" } }
    }
}
