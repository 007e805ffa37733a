internal import Documents

/// When something is due, again and again: an interval, or a cron expression as clocks of a time zone show it.
///
/// Moments depend on the schedule and on nothing else, so that several gateways agree on them: `every: 30m` is due at
/// full and half hours UTC, whenever it was started.
package struct Schedule: Sendable, Equatable {
    private enum Kind: Equatable {
        /// Seconds.
        case every(Int64)
        case cron(CronExpression, TimeZoneTable)
    }

    private let kind: Kind

    /// A number of seconds, minutes, hours or days: `30m`. From one second to 366 days.
    package static func parse(every text: String) throws(ScheduleMistake) -> Schedule {
        Schedule(kind: .every(try seconds(text)))
    }

    /// A length of time, as `every` has it.
    package static func seconds(_ text: String) throws(ScheduleMistake) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = units[text.dropFirst(digits.count)], !digits.isEmpty else {
            throw ScheduleMistake(
                "expected a number of seconds (s), minutes (m), hours (h) or days (d) such as 30m, found '\(text.prefix(40))'"
            )
        }
        guard let count = Int64(digits), count > 0, count <= 366 * 86_400 / unit else {
            throw ScheduleMistake("expected from 1s to 366d, found '\(text.prefix(40))'")
        }
        return count * unit
    }

    /// Five fields (minute, hour, day of month, month, day of week), six with seconds before them, or a word such as
    /// `@daily`. `zone`: a name of the IANA database.
    package static func parse(cron text: String, zone: String = "UTC") throws(ScheduleMistake) -> Schedule {
        guard let table = TimeZoneTable.named(zone) else {
            let hint = Spelling.nearest(to: zone, in: TimeZoneTable.names).map { " (did you mean '\($0)'?)" } ?? ""
            throw ScheduleMistake("no time zone is named '\(zone.prefix(60))'\(hint)", isAboutZone: true)
        }
        return Schedule(kind: .cron(try CronExpression(text), table))
    }

    /// The first moment that is due after this one; both in milliseconds since 1970, up to the year 9999.
    package func next(after milliseconds: Int64) -> Int64 {
        let bounded = min(max(milliseconds, -62_135_596_800_000), 253_370_764_800_000)
        let second = bounded.flooringDivision(by: 1000)
        switch kind {
        case .every(let seconds): return ((second.flooringDivision(by: seconds)) + 1) * seconds * 1000
        case .cron(let expression, let zone): return CronClock(expression, zone).next(after: second) * 1000
        }
    }
}

/// What is wrong with a schedule's text, and what to write instead.
package struct ScheduleMistake: Error, Equatable {
    package let message: String
    /// The zone is wrong, and not the expression.
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
