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
}
