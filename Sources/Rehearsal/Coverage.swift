internal import Mappings

/// What the tests of a mapping have never come to.
package struct Coverage {
    /// Where the mappings tell which ways they take.
    let trail = Trail()
    private var routes: [RouteCoverage]
    private var feeds: [FeedCoverage]

    init(_ table: RouteTable) {
        routes = table.routes.map { RouteCoverage(mapping: $0) }
        feeds = table.feeds.map { FeedCoverage(mapping: $0) }
    }

    /// `reports`: what became of that many documents.
    mutating func add(_ reports: [FeedRehearsal.Report], of documents: Int, feed name: String) {
        guard let index = feeds.firstIndex(where: { $0.mapping.name == name }) else { return }
        feeds[index].add(reports, of: documents)
    }

    mutating func add(_ report: Rehearsal.Report, route name: String) {
        guard let index = routes.firstIndex(where: { $0.mapping.name == name }) else { return }
        routes[index].add(report)
    }

    /// What was never exercised, a line each.
    package var gaps: [String] {
        routes.flatMap { route in route.gaps(trail).map { "\(route.mapping.name): \($0)" } }
            + feeds.flatMap { feed in feed.gaps(trail).map { "\(feed.mapping.name): \($0)" } }
    }
}
