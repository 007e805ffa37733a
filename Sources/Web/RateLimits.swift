internal import Mappings
internal import Synchronization

/// Limits the requests of each client of a route: a bucket of tokens each, kept as the time when it is full again. Thread-safe.
///
/// Of each gateway alone: three gateways let three times as many pass.
final class RateLimits: Sendable {
    /// The buckets of one route.
    private struct Buckets {
        let rate: RequestRate
        /// When each is full again; one that is not here is full.
        var full: [String: ContinuousClock.Instant] = [:]

        mutating func wait(_ client: String, now: ContinuousClock.Instant) -> Duration? {
            let period = Duration.milliseconds(rate.milliseconds)
            let next = max(full[client] ?? now, now) + period / rate.count
            guard now.duration(to: next) <= period else { return now.duration(to: next) - period }
            if full[client] == nil, full.count >= RateLimits.mostClients { makeRoom(now) }
            full[client] = next
            return nil
        }

        /// Drops those that are full, which changes nothing, else the fullest.
        private mutating func makeRoom(_ now: ContinuousClock.Instant) {
            full = full.filter { $0.value > now }
            let most = RateLimits.mostClients * 3 / 4
            guard full.count > most else { return }
            for (client, _) in full.sorted(by: { $0.value < $1.value }).prefix(full.count - most) { full[client] = nil }
        }
    }

    /// Maximum number of clients of a route that are kept in mind.
    static let mostClients = 10_000

    private let routes = Mutex<[String: Buckets]>([:])

    /// Counts a request; how long the client waits, where it is one too many.
    func wait(
        _ client: String, of route: String, _ rate: RequestRate, now: ContinuousClock.Instant = .now
    ) -> Duration? {
        routes.withLock { routes in
            // A changed rate begins anew.
            if routes[route]?.rate != rate {
                routes = routes.filter { $0.value.full.contains { $0.value > now } }
                routes[route] = Buckets(rate: rate)
            }
            return routes[route]?.wait(client, now: now)
        }
    }

    /// Number of clients that are kept in mind.
    var clients: Int { routes.withLock { $0.values.reduce(0) { $0 + $1.full.count } } }
}
