internal import CoreMetrics
internal import Synchronization

/// Counts the answers of requests under stable metric names.
final class RequestMetrics: Sendable {
    static let help = [
        "gateway_requests_total": "Requests by route and status of the answer.",
        "gateway_request_seconds": "Time from a request's first line to its answer.",
    ]

    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private let counters = Mutex<[Key: Counter]>([:])
    private let seconds = Timer(label: "gateway_request_seconds")

    func answered(_ route: String, status: Int, after duration: Duration) {
        let key = Key(route: route, status: status)
        let counter = counters.withLock { counters in
            if let known = counters[key] { return known }
            let counter = Counter(
                label: "gateway_requests_total", dimensions: [("route", route), ("status", String(status))])
            counters[key] = counter
            return counter
        }
        counter.increment()
        seconds.recordNanoseconds(duration.nanoseconds)
    }
}
