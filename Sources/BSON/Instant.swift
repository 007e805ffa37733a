/// Converts between ISO 8601 and milliseconds since 1970 UTC (proleptic Gregorian calendar), without Foundation.
package enum Instant {
    /// Parses `yyyy-MM-dd` (midnight UTC) or an RFC 3339 date-time. Truncates the fraction to milliseconds; a leap
    /// second, the last one of a UTC day, becomes the first second of the next minute. Nil for other texts.
    package static func milliseconds(iso8601 text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var at = 0
        func digits(_ count: Int) -> Int? {
            guard at + count <= text.count else { return nil }
            var value = 0
            for _ in 0..<count {
                let digit = text[at] &- 48
                guard digit <= 9 else { return nil }
                value = value * 10 + Int(digit)
                at += 1
            }
            return value
        }
        func take(_ byte: UInt8) -> Bool {
            guard at < text.count, text[at] == byte else { return false }
            at += 1
            return true
        }
        guard let year = digits(4), take(UInt8(ascii: "-")), let month = digits(2), take(UInt8(ascii: "-")),
            let day = digits(2), (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year)
        else { return nil }
        let midnight = Int64(days(year: year, month: month, day: day)) * 86_400_000
        if at == text.count { return midnight }

        guard take(UInt8(ascii: "T")) || take(UInt8(ascii: "t")) || take(UInt8(ascii: " ")),
            let hour = digits(2), hour < 24, take(UInt8(ascii: ":")), let minute = digits(2), minute < 60,
            take(UInt8(ascii: ":")), let second = digits(2), second <= 60
        else { return nil }
        var milliseconds = 0
        if take(UInt8(ascii: ".")) {
            var scale = 100
            guard let first = digits(1) else { return nil }
            milliseconds = first * scale
            while let digit = digits(1) {
                scale /= 10
                milliseconds += digit * scale
            }
        }
        var offset = 0
        if !take(UInt8(ascii: "Z")) && !take(UInt8(ascii: "z")) {
            let isWest = take(UInt8(ascii: "-"))
            guard isWest || take(UInt8(ascii: "+")), let hours = digits(2), hours < 24, take(UInt8(ascii: ":")),
                let minutes = digits(2), minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (isWest ? -1 : 1)
        }
        guard at == text.count else { return nil }
        // A leap second is the last one of a day in UTC.
        if second == 60, (hour * 60 + minute - offset + 2 * 1440) % 1440 != 1439 { return nil }
        let seconds = (hour * 60 + minute - offset) * 60 + second
        return midnight + Int64(seconds) * 1000 + Int64(milliseconds)
    }

    /// `yyyy-MM-dd'T'HH:mm:ss'Z'`, with `.SSS` unless the milliseconds are 0.
    package static func text(milliseconds: Int64) -> String {
        let day = milliseconds.flooringDivision(by: 86_400_000)
        // Any 64-bit number is a BSON date: the start of the smallest's day is out of range.
        let inDay = Int(milliseconds &- day &* 86_400_000)
        let (year, month, date) = civil(days: Int(day))
        let fraction = inDay % 1000
        let clock = inDay / 1000
        if (0...9999).contains(year) { return usual(year, month, date, clock, fraction) }
        var text = pad(year, 4) + "-" + pad(month, 2) + "-" + pad(date, 2)
        text += "T" + pad(clock / 3600, 2) + ":" + pad(clock / 60 % 60, 2) + ":" + pad(clock % 60, 2)
        if fraction != 0 { text += "." + pad(fraction, 3) }
        return text + "Z"
    }

    /// Fast path with a single allocation: feeds format several dates per document.
    private static func usual(_ year: Int, _ month: Int, _ date: Int, _ clock: Int, _ fraction: Int) -> String {
        String(unsafeUninitializedCapacity: 24) { text in
            var count = 0
            func put(_ value: Int, _ width: Int, _ end: UInt8) {
                var rest = value
                for place in stride(from: count + width - 1, through: count, by: -1) {
                    text[place] = UInt8(48 + rest % 10)
                    rest /= 10
                }
                text[count + width] = end
                count += width + 1
            }
            put(year, 4, UInt8(ascii: "-"))
            put(month, 2, UInt8(ascii: "-"))
            put(date, 2, UInt8(ascii: "T"))
            put(clock / 3600, 2, UInt8(ascii: ":"))
            put(clock / 60 % 60, 2, UInt8(ascii: ":"))
            put(clock % 60, 2, UInt8(ascii: fraction == 0 ? "Z" : "."))
            if fraction != 0 { put(fraction, 3, UInt8(ascii: "Z")) }
            return count
        }
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    package static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Same source, civil_from_days.
    package static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func flooringDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
