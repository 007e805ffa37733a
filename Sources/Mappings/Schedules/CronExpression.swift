internal import BSON

/// A compiled cron expression: matching values of each field as a bit set.
struct CronExpression: Sendable, Equatable {
    private(set) var seconds: UInt64 = 1
    private(set) var minutes: UInt64 = 0
    private(set) var hours: UInt64 = 0
    private(set) var days: UInt64 = 0
    private(set) var months: UInt64 = 0
    /// Bit 0 is Sunday.
    private(set) var weekdays: UInt64 = 0
    /// Day of month and day of week are both given: either may match, as cron does.
    private(set) var isEitherDay = false

    static let allHours: UInt64 = (1 << 24) - 1
    private static let words = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    init(_ text: String) throws(ScheduleError) {
        var text = text
        if text.hasPrefix("@") {
            guard let known = Self.words[text.lowercased()] else {
                throw ScheduleError(
                    "no schedule is named '\(text.prefix(40))'; there are \(Self.words.keys.sorted().joined(separator: ", "))"
                )
            }
            text = known
        }
        var fields = text.split { $0 == " " || $0 == "\t" }.map { String($0) }
        try Self.refuseQuartz(fields)
        guard fields.count == 5 || fields.count == 6 else {
            throw ScheduleError(
                "expected five fields (minute hour day month weekday), or six with seconds first, such as '0 6 * * MON-FRI',"
                    + " found \(fields.count)")
        }
        if fields.count == 6 { seconds = try CronField.second.read(fields.removeFirst()) }
        minutes = try CronField.minute.read(fields[0])
        hours = try CronField.hour.read(fields[1])
        days = try CronField.day.read(fields[2])
        months = try CronField.month.read(fields[3])
        weekdays = try CronField.weekday.read(fields[4])
        if weekdays & (1 << 7) != 0 { weekdays = weekdays & 0x7F | 1 }
        isEitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
        guard isEitherDay || (1...12).contains(where: { hasDay(inMonth: $0) }) else {
            throw ScheduleError("no month of '\(fields[3])' has a day '\(fields[2])', so this is never due")
        }
    }

    /// Quartz counts weekdays from 1 for Sunday, cron from 0: Quartz-only syntax is refused, because there `2` means Monday.
    private static func refuseQuartz(_ fields: [String]) throws(ScheduleError) {
        let counting = "here weekdays are cron's: 0 or 7 is Sunday, 1 Monday, 2 Tuesday"
        if fields.count == 7 {
            throw ScheduleError(
                "seven fields are Quartz's: the seventh is a year, and cron has no year field; leave it out and write five fields, or six"
                    + " with seconds first; \(counting)")
        }
        guard fields.count == 5 || fields.count == 6 else { return }
        for field in fields.suffix(3) {
            let parts = field.uppercased().split { ",-/".contains($0) }
            let only = parts.first { part in
                part.contains { "?#".contains($0) }
                    || (part.contains { "LW".contains($0) } && CronField.weekday.value(part) == nil
                        && CronField.month.value(part) == nil)
            }
            guard let only else { continue }
            let remedy =
                only.contains("?")
                ? "write * for ?"
                : "cron has no last, nearest or numbered weekday: name the days, such as 1-7 or MON-FRI"
            throw ScheduleError("'\(only)' is Quartz's; \(remedy); \(counting)")
        }
    }

    private func hasDay(inMonth month: Int) -> Bool {
        let longest = UInt64(1) << (UInt64(Instant.daysIn(month: month, year: 2000)) + 1) - 1
        return months & (1 << UInt64(month)) != 0 && days & longest != 0
    }

    /// 0 is Sunday. `day`: days since 1970-01-01.
    static func weekday(ofDay day: Int64) -> UInt64 { UInt64((day % 7 + 11) % 7) }

    /// `day`: days since 1970-01-01.
    func fits(day: Int64) -> Bool {
        let (_, month, date) = Instant.civil(days: Int(day))
        guard months & (1 << UInt64(month)) != 0 else { return false }
        let weekday = Self.weekday(ofDay: day)
        let fitsDate = days & (1 << UInt64(date)) != 0
        let fitsWeekday = weekdays & (1 << weekday) != 0
        return isEitherDay ? fitsDate || fitsWeekday : fitsDate && fitsWeekday
    }

    /// The first matching second of the day at or after this one; nil if none.
    func time(from second: Int) -> Int? {
        var (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60)
        while let fittingHour = hours.firstBit(from: hour) {
            if fittingHour != hour { (minute, rest) = (0, 0) }
            hour = fittingHour
            while let fittingMinute = minutes.firstBit(from: minute) {
                if fittingMinute != minute { rest = 0 }
                minute = fittingMinute
                if let fitting = seconds.firstBit(from: rest) { return hour * 3600 + minute * 60 + fitting }
                (minute, rest) = (minute + 1, 0)
            }
            (hour, minute, rest) = (hour + 1, 0, 0)
        }
        return nil
    }
}

extension UInt64 {
    /// The lowest set bit at or above a position.
    fileprivate func firstBit(from place: Int) -> Int? {
        let left = place < 64 ? self >> UInt64(place) : 0
        return left == 0 ? nil : place + left.trailingZeroBitCount
    }
}
