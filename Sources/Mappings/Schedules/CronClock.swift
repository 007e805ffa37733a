/// Evaluates a cron expression in a time zone.
///
/// Daylight saving: a skipped local time is due right after the gap, and a repeated one only the first time. An
/// expression for every hour (`*/10 * * * *`) follows elapsed time instead: no burst after the gap, no pause in the
/// repeated hour.
struct CronClock {
    private let expression: CronExpression
    private let zone: TimeZoneTable

    init(_ expression: CronExpression, _ zone: TimeZoneTable) {
        self.expression = expression
        self.zone = zone
    }

    /// In seconds since 1970.
    func next(after second: Int64) -> Int64 {
        expression.hours == CronExpression.allHours ? nextElapsed(after: second) : nextNamed(after: second)
    }

    private func nextNamed(after second: Int64) -> Int64 {
        var local = second + Int64(zone.offset(at: second))
        while true {
            local = self.local(from: local + 1)
            let due = zone.firstSecond(showing: local)
            // In the second pass of a repeated hour it is not later.
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

    /// The first matching local second at or after this one. It exists: checked when the expression was parsed.
    private func local(from second: Int64) -> Int64 {
        var day = second.flooringDivision(by: 86_400)
        var time = Int(second - day * 86_400)
        while true {
            if expression.fits(day: day), let found = expression.time(from: time) { return day * 86_400 + Int64(found) }
            (day, time) = (day + 1, 0)
        }
    }
}
