internal import BSON

extension DatePattern {
    /// What a text is by the pattern.
    enum Reading: Equatable {
        /// Milliseconds since 1970. Without a time it is the start of that day in UTC, whatever the offset: a day is not
        /// moved.
        case moment(Int64, hasTime: Bool)
        /// Its parts contradict each other; why, in words.
        case contradiction(String)
        /// It does not match, or is not a valid date.
        case other
    }

    func read(_ text: Bytes, zone: TimeZoneTable) -> Reading {
        var found = Reading.other
        for form in forms {
            let reading = ReadDate(text, form, pivot: pivot)?.reading(hasTime: form.hasTime, zone: zone) ?? .other
            switch (found, reading) {
            case (_, .other): break
            case (.other, _): found = reading
            default: if found != reading { return .contradiction("it can be read in two ways") }
            }
        }
        return found
    }

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    /// From Sunday on.
    static let dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    static func weekday(year: Int, month: Int, day: Int) -> Int {
        Int(CronExpression.weekday(ofDay: Int64(Instant.days(year: year, month: month, day: day))))
    }

    static func dayOfYear(year: Int, month: Int, day: Int) -> Int {
        Instant.days(year: year, month: month, day: day) - Instant.days(year: year, month: 1, day: 1) + 1
    }
}

/// The parts of a date as a text gives them.
private struct ReadDate {
    private var year = 1970
    private var month: Int?
    private var day: Int?
    private var dayOfYear: Int?
    private var weekday: Int?
    private var hour = 0
    private var isHalfDay = false
    private var isAfternoon: Bool?
    private var minute = 0
    private var second = 0
    private var milliseconds = 0
    private var offset: Int?
    private var at = 0

    /// Nil where the text does not match.
    init?(_ text: Bytes, _ form: DatePattern.Form, pivot: Int) {
        for (part, tail) in zip(form.parts, form.tails) {
            switch part {
            case .number(let field, let letters):
                let digits = text[at...].prefix(while: DatePattern.isDigit).count
                let most = field == .dayOfYear ? 3 : 2
                let width = part.isVariable ? digits - tail : letters
                guard part.isVariable ? (1...most).contains(width) : width <= digits,
                    take(field, digits: text[at..<(at + width)], pivot: pivot)
                else { return nil }
                at += width
            case .monthName(let isFull):
                guard let index = name(text, of: DatePattern.monthNames, isFull: isFull) else { return nil }
                month = index + 1
            case .dayName(let isFull):
                guard let index = name(text, of: DatePattern.dayNames, isFull: isFull) else { return nil }
                weekday = index
            case .half:
                guard let index = name(text, of: ["AM", "PM"], isFull: true) else { return nil }
                isAfternoon = index == 1
            case .offset(_, let usesZ):
                guard let value = offset(text, usesZ: usesZ) else { return nil }
                offset = value
            case .text(let bytes):
                guard at + bytes.count <= text.count, text[at..<(at + bytes.count)].elementsEqual(bytes) else {
                    return nil
                }
                at += bytes.count
            }
        }
        guard at == text.count else { return nil }
    }

    /// `digits`: up to nine. Whether it can be that.
    private mutating func take(_ field: DatePattern.Field, digits: Slice<Bytes>, pivot: Int) -> Bool {
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        switch field {
        case .year: year = digits.count == 2 ? pivot + ((value - pivot) % 100 + 100) % 100 : value
        case .month:
            month = value
            return (1...12).contains(value)
        case .day:
            day = value
            return value >= 1
        case .dayOfYear:
            dayOfYear = value
            return (1...366).contains(value)
        case .hour:
            hour = value
            return value < 24
        case .halfDayHour:
            (hour, isHalfDay) = (value, true)
            return (1...12).contains(value)
        case .minute:
            minute = value
            return value < 60
        case .second:
            second = value
            return value <= 60
        case .fraction: milliseconds = (digits.prefix(3) + [48, 48, 48]).prefix(3).reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        return true
    }

    /// The index of the name at this place, in upper or lower case; a short one is its first three letters.
    private mutating func name(_ text: Bytes, of names: [String], isFull: Bool) -> Int? {
        let rest = text[at...]
        for (index, name) in names.enumerated() {
            let letters = name.utf8.prefix(isFull ? .max : 3)
            guard rest.count >= letters.count, zip(rest, letters).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
                continue
            }
            at += letters.count
            return index
        }
        return nil
    }

    /// Seconds east of UTC: ±HH, ±HHmm, ±HH:mm.
    private mutating func offset(_ text: Bytes, usesZ: Bool) -> Int? {
        guard at < text.count else { return nil }
        let sign = text[at]
        at += 1
        if usesZ, sign == UInt8(ascii: "Z") { return 0 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        func two() -> Int? {
            guard at + 2 <= text.count, text[at..<(at + 2)].allSatisfy(DatePattern.isDigit) else { return nil }
            return Int(text[at] - 48) * 10 + Int(text[at + 1] - 48)
        }
        guard let hours = two(), hours < 24 else { return nil }
        at += 2
        var minutes = 0
        let isColon = at < text.count && text[at] == UInt8(ascii: ":")
        if isColon { at += 1 }
        if let value = two() {
            guard value < 60 else { return nil }
            minutes = value
            at += 2
        } else if isColon {
            return nil
        }
        return (hours * 60 + minutes) * 60 * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    func reading(hasTime: Bool, zone: TimeZoneTable) -> DatePattern.Reading {
        var (month, day) = (month ?? 1, day ?? 1)
        if self.day == nil, let dayOfYear {
            let civil = Instant.civil(days: Instant.days(year: year, month: 1, day: 1) + dayOfYear - 1)
            guard civil.year == year else { return .other }
            (month, day) = (civil.month, civil.day)
        }
        guard day <= Instant.daysIn(month: month, year: year) else { return .other }
        let days = Int64(Instant.days(year: year, month: month, day: day))
        if let why = contradiction(month, day) { return .contradiction(why) }
        guard hasTime else { return .moment(days * 86_400_000, hasTime: false) }
        var hour = hour
        if isHalfDay { hour = hour % 12 + (isAfternoon == true ? 12 : 0) }
        let local = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        let moment = offset.map { local - Int64($0) } ?? zone.second(ofLocal: local)
        // A leap second is the last one of a day in UTC.
        guard second < 60 || moment % 86_400 == 0 else { return .other }
        return .moment(moment * 1000 + Int64(milliseconds), hasTime: true)
    }

    private func contradiction(_ month: Int, _ day: Int) -> String? {
        if let weekday {
            let real = DatePattern.weekday(year: year, month: month, day: day)
            if real != weekday {
                return "it says \(DatePattern.dayNames[weekday]), and that day is a \(DatePattern.dayNames[real])"
            }
        }
        if let dayOfYear {
            let real = DatePattern.dayOfYear(year: year, month: month, day: day)
            if real != dayOfYear { return "it says day \(dayOfYear) of the year, and that day is number \(real)" }
        }
        if let isAfternoon, !isHalfDay, isAfternoon != (hour >= 12) {
            return "it says \(isAfternoon ? "PM" : "AM"), and the hour is \(hour) of 24"
        }
        return nil
    }
}
