/// A cron expression on the clocks of a zone.
///
/// On a day when the clocks change, a local time that they skip is due right after the gap, and one that they show twice
/// is due the first time. An expression of every hour (`*/10 * * * *`) goes on by elapsed time instead: it neither crowds
/// after the gap nor falls silent in the hour that comes twice.
struct CronClock {
    private let expression: CronExpression
    private let zone: TimeZoneTable

    init(_ expression: CronExpression, _ zone: TimeZoneTable) {
        self.expression = expression
        self.zone = zone
    }

    /// Seconds since 1970.
    func next(after second: Int64) -> Int64 {
        expression.hours == CronExpression.allHours ? nextElapsed(after: second) : nextNamed(after: second)
    }

    private func nextNamed(after second: Int64) -> Int64 {
        var local = second + Int64(zone.offset(at: second))
        while true {
            local = self.local(from: local + 1)
            let due = zone.firstSecond(showing: local)
            // Not so in the hour that comes twice, the second time.
            if due > second { return due }
        }
    }

    private func nextElapsed(after second: Int64) -> Int64 {
        var start = second + 1
        while true {
            let offset = Int64(zone.offset(at: start))
            let due = local(from: start + offset) - offset
            guard let change = zone.change(after: start), change <= due else { return due }
            start = change
        }
    }

    /// The first local second from this one on that fits. There is one: the expression was asked when it was read.
    private func local(from second: Int64) -> Int64 {
        var day = second.flooringDivision(by: 86_400)
        var time = Int(second - day * 86_400)
        while true {
            if expression.fits(day: day), let found = expression.time(from: time) { return day * 86_400 + Int64(found) }
            (day, time) = (day + 1, 0)
        }
    }
}
