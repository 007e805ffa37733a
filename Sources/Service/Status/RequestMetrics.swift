internal import CoreMetrics
internal import Synchronization

/// Counts the answers of requests under stable metric names, and for the status of their routes.
final class RequestMetrics: Sendable {
    static let help = [
        "gateway_requests_total": "Requests by route and status of the answer.",
        "gateway_request_seconds": "Time from a request's first line to its answer.",
    ]

    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private let counters = Mutex<[Key: (counter: Counter, totals: RouteTotals)]>([:])
    private let totalsOf: @Sendable (_ route: String) -> RouteTotals
    private let seconds = Timer(label: "gateway_request_seconds")

    /// `totals`: of a route.
    init(totals: @escaping @Sendable (_ route: String) -> RouteTotals) { totalsOf = totals }

    func answered(_ route: String, status: Int, after duration: Duration) {
        let key = Key(route: route, status: status)
        let (counter, totals) = counters.withLock { counters in
            if let known = counters[key] { return known }
            let counter = Counter(
                label: "gateway_requests_total", dimensions: [("route", route), ("status", String(status))])
            let both = (counter: counter, totals: totalsOf(route))
            counters[key] = both
            return both
        }
        counter.increment()
        totals.add(answer: status)
        seconds.recordNanoseconds(duration.nanoseconds)
    }
}
