internal import Mappings

/// Test coverage of mappings.
package struct Coverage {
    /// Records the branches taken in mappings.
    let trail = Trail()
    private var routes: [RouteCoverage]
    private var feeds: [FeedCoverage]

    init(_ table: RouteTable) {
        routes = table.routes.map { RouteCoverage(mapping: $0) }
        feeds = table.feeds.map { FeedCoverage(mapping: $0) }
    }

    /// `reports`: results for that many documents.
    mutating func add(_ reports: [FeedDryRun.Report], of documents: Int, feed name: String) {
        guard let index = feeds.firstIndex(where: { $0.mapping.name == name }) else { return }
        feeds[index].add(reports, of: documents)
    }

    mutating func add(_ report: SocketDryRun.Report, route name: String) {
        guard let index = routes.firstIndex(where: { $0.mapping.name == name }) else { return }
        routes[index].add(report)
    }

    mutating func add(_ report: RouteDryRun.Report, route name: String) {
        guard let index = routes.firstIndex(where: { $0.mapping.name == name }) else { return }
        routes[index].add(report)
    }

    /// Everything not covered, one line each.
    package var gaps: [String] {
        routes.flatMap { route in route.gaps(trail).map { "\(route.mapping.name): \($0)" } }
            + feeds.flatMap { feed in feed.gaps(trail).map { "\(feed.mapping.name): \($0)" } }
    }
}
