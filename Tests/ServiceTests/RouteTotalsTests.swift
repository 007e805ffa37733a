import Console
import Mappings
@testable import Service
import Testing

/// The rate of a route is that of the last ten seconds, and its counts outlive it.
@Suite struct RouteTotalsTests {
    private static let start: Int64 = 1_764_000_000_000

    @Test(arguments: [(0, 0.0), (1, 10.0), (9, 10.0), (10, 10.0), (11, 0.0), (60, 0.0), (3600, 0.0)])
    func `items count for ten complete seconds after the one they came in`(seconds: Int64, rate: Double) {
        let totals = RouteTotals()
        totals.add(items: 100, outcome: "inserted", now: Self.start)
        #expect(totals.itemsPerSecond(now: Self.start + seconds * 1000) == rate)
        #expect(totals.items.map(\.count) == [100])
    }

    @Test(arguments: [1, 5, 1000]) func `a steady load has its own rate at every moment`(perSecond: Int) {
        let totals = RouteTotals()
        for second in Int64(0)..<30 {
            totals.add(items: perSecond, outcome: "inserted", now: Self.start + second * 1000)
            guard second > 10 else { continue }
            #expect(totals.itemsPerSecond(now: Self.start + second * 1000 + 999) == Double(perSecond))
        }
    }

    @Test func `answers are counted by class of their status`() {
        let totals = RouteTotals()
        for status in [200, 201, 204, 304, 404, 409, 422, 503] { totals.add(answer: status) }
        #expect(totals.answers.map { "\($0.status) \($0.count)" } == ["2xx 3", "3xx 1", "4xx 3", "5xx 1"])
    }

    @Test func `a route says where its requests or connections come in`() throws {
        func place(_ source: RouteSource) -> [String?]? {
            StatusReport.Route.Endpoint(source).map { [$0.listener, $0.method, $0.path] }
        }
        let path = try PathTemplate("/tasks/{id}")
        let requests = HTTPEndpoint(method: .patch, path: path, listener: "api")
        #expect(place(.http(requests)) == ["api", "PATCH", "/tasks/{id}"])
        #expect(place(.webSocket(SocketEndpoint(topic: "t", listener: "push"))) == ["push", nil, nil])
        #expect(place(.webSocket(SocketEndpoint(topic: "t", path: path))) == ["main", nil, "/tasks/{id}"])
        #expect(place(.queue(.literal("q"))) == nil)
    }
}
