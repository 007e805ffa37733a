internal import BSON

extension DatePattern {
    /// Formats a moment, with all optional parts. `isDay`: it has no time, so that of the optional parts those with one are
    /// left out. Throws where it cannot be written exactly.
    func write(_ milliseconds: Int64, zone: TimeZoneTable, isDay: Bool) throws(Problem) -> [UInt8] {
        let form = (isDay ? forms.first { !$0.hasTime && !$0.hasOffset } : nil) ?? forms[0]
        let seconds = milliseconds.flooringDivision(by: 1000)
        let offset = zone.offset(at: seconds)
        let local = seconds + Int64(offset)
        let days = local.flooringDivision(by: 86_400)
        let clock = Int(local - days * 86_400)
        let (year, month, day) = Instant.civil(days: Int(days))
        guard (0...9999).contains(year) else {
            throw Problem(message: "in its time zone it is not of the years 0000 to 9999")
        }
        var out: [UInt8] = []
        for part in form.parts {
            switch part {
            case .number(.fraction, let letters):
                let thousandths = Int(milliseconds - seconds * 1000)
                out.append(contentsOf: (String(1000 + thousandths).dropFirst() + "000000").prefix(letters).utf8)
            case .number(let field, let letters):
                let value =
                    switch field {
                    case .year: letters == 2 ? year % 100 : year
                    case .month: month
                    case .day: day
                    case .dayOfYear: Self.dayOfYear(year: year, month: month, day: day)
                    case .hour: clock / 3600
                    case .halfDayHour: (clock / 3600 + 11) % 12 + 1
                    case .minute: clock / 60 % 60
                    case .second, .fraction: clock % 60
                    }
                Self.append(value, letters, to: &out)
            case .monthName(let isFull): out += Self.monthNames[month - 1].utf8.prefix(isFull ? .max : 3)
            case .dayName(let isFull):
                out += Self.dayNames[Self.weekday(year: year, month: month, day: day)].utf8.prefix(isFull ? .max : 3)
            case .half: out += (clock < 43_200 ? "AM" : "PM").utf8
            case .offset(let letters, let usesZ): try Self.append(offset: offset, letters, usesZ: usesZ, to: &out)
            case .text(let bytes): out += bytes
            }
        }
        return out
    }

    private static func append(_ value: Int, _ width: Int, to out: inout [UInt8]) {
        let digits = String(value)
        for _ in 0..<max(0, width - digits.utf8.count) { out.append(48) }
        out += digits.utf8
    }

    private static func append(offset: Int, _ letters: Int, usesZ: Bool, to out: inout [UInt8]) throws(Problem) {
        if usesZ, offset == 0 { return out.append(UInt8(ascii: "Z")) }
        let (hours, minutes) = (Int(offset.magnitude) / 3600, Int(offset.magnitude) / 60 % 60)
        // Local mean times, up to the beginning of the 20th century.
        guard offset % 60 == 0 else { throw Problem(message: "in its time zone its offset from UTC has seconds") }
        out.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        append(hours, 2, to: &out)
        if letters == 1, minutes == 0 { return }
        if letters == 3 { out.append(UInt8(ascii: ":")) }
        append(minutes, 2, to: &out)
    }
}
