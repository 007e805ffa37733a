internal import BSON
internal import JSON

/// A recurring schedule: an interval, or a cron expression in a time zone.
///
/// Due times depend only on the schedule, so that all gateways agree: `every: 30m` is due at full and half hours UTC,
/// whenever it was started.
package struct Schedule: Sendable, Equatable {
    private enum Kind: Equatable {
        /// Milliseconds.
        case every(Int64)
        case cron(CronExpression, TimeZoneTable)
    }

    private let kind: Kind

    /// The shortest interval, in milliseconds: every run asks the store.
    package static let shortestInterval: Int64 = 100

    /// Parses an interval in the syntax of ``milliseconds(_:from:)``, from ``shortestInterval`` on.
    package static func parse(every text: String) throws(ScheduleError) -> Schedule {
        Schedule(kind: .every(try milliseconds(text, from: shortestInterval)))
    }

    /// Parses a duration, such as `500ms` or `30m`, of up to 366 days. `least`: the shortest one, under a second or a number
    /// of seconds.
    package static func milliseconds(_ text: String, from least: Int64 = 1) throws(ScheduleError) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = units[text.dropFirst(digits.count)], !digits.isEmpty else {
            throw ScheduleError(
                "expected a number of seconds (s), minutes (m), hours (h), days (d) or milliseconds (ms) such as 30m, found"
                    + " '\(text.prefix(40))'")
        }
        guard let count = Int64(digits), count <= 366 * 86_400_000 / unit, count * unit >= least else {
            let shortest = least < 1000 ? "\(least)ms" : "\(least / 1000)s"
            throw ScheduleError("expected from \(shortest) to 366d, found '\(text.prefix(40))'")
        }
        return count * unit
    }

    /// Parses five fields (minute, hour, day of month, month, day of week), six with seconds first, or a name such as
    /// `@daily`. `zone`: an IANA time zone.
    package static func parse(cron text: String, zone: String = "UTC") throws(ScheduleError) -> Schedule {
        guard let table = TimeZoneTable.named(zone) else {
            let hint = Spelling.nearest(to: zone, in: TimeZoneTable.names).map { " (did you mean '\($0)'?)" } ?? ""
            throw ScheduleError("no time zone is named '\(zone.prefix(60))'\(hint)", isAboutZone: true)
        }
        return Schedule(kind: .cron(try CronExpression(text), table))
    }

    /// The first due time after this one; both in milliseconds since 1970, up to the year 9999.
    package func next(after milliseconds: Int64) -> Int64 {
        let bounded = min(max(milliseconds, -62_135_596_800_000), 253_370_764_800_000)
        switch kind {
        case .every(let interval): return (bounded.flooringDivision(by: interval) + 1) * interval
        case .cron(let expression, let zone):
            return CronClock(expression, zone).next(after: bounded.flooringDivision(by: 1000)) * 1000
        }
    }

    /// The next `count` due times of a cron expression as its zone's clocks show them, such as
    /// `Mon 2026-11-30 06:00:00 -03:00`; empty for an interval.
    package func shownTimes(after milliseconds: Int64, count: Int) -> [String] {
        guard case .cron(_, let zone) = kind else { return [] }
        var times: [String] = []
        var last = milliseconds
        while times.count < count {
            last = next(after: last)
            let offset = Int64(zone.offset(at: last / 1000))
            let local = last / 1000 + offset
            let weekday = CronExpression.weekday(ofDay: local.flooringDivision(by: 86_400))
            let name = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(weekday)]
            let text = Instant.text(milliseconds: local * 1000).dropLast().replacing("T", with: " ")
            let (hours, minutes) = (offset.magnitude / 3600, offset.magnitude / 60 % 60)
            let digits = [hours, minutes].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
            times.append("\(name) \(text) \(offset < 0 ? "-" : "+")\(digits)")
        }
        return times
    }
}

/// A mistake in a schedule, with the remedy.
package struct ScheduleError: Error, Equatable {
    package let message: String
    /// Whether the zone is wrong, rather than the expression.
    package let isAboutZone: Bool

    init(_ message: String, isAboutZone: Bool = false) {
        self.message = message
        self.isAboutZone = isAboutZone
    }
}

extension Int64 {
    func flooringDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
