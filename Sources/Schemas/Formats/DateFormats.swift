/// Validates dates and times of RFC 3339, including the calendar.
enum DateFormats {
    typealias Text = Slice<UnsafeBufferPointer<UInt8>>

    /// `2021-12-31`.
    static func isDate(_ text: Text) -> Bool {
        let at = text.startIndex
        guard text.count == 10, text[at + 4] == UInt8(ascii: "-"), text[at + 7] == UInt8(ascii: "-"),
            let year = number(text, at, 4), let month = number(text, at + 5, 2), let day = number(text, at + 8, 2)
        else { return false }
        return (1...12).contains(month) && day >= 1 && day <= days(ofMonth: month, year: year)
    }

    static func days(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// `2021-12-31T23:59:59.5-03:00`.
    static func isDateTime(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 20, text[10] | 0x20 == UInt8(ascii: "t"), isDate(text[..<10]) else { return false }
        return isTime(text[11...])
    }

    /// `23:59:59.5-03:00`; a leap second only in the last minute of a UTC day.
    static func isTime(_ text: Text) -> Bool {
        var at = text.startIndex
        guard text.count >= 9, text[at + 2] == UInt8(ascii: ":"), text[at + 5] == UInt8(ascii: ":"),
            let hour = number(text, at, 2), let minute = number(text, at + 3, 2), let second = number(text, at + 6, 2),
            hour <= 23, minute <= 59, second <= 60
        else { return false }
        at += 8
        if text[at] == UInt8(ascii: ".") {
            let digits = text[(at + 1)...].prefix { ASCII.isDigit($0) }
            guard !digits.isEmpty, digits.endIndex < text.endIndex else { return false }
            at = digits.endIndex
        }
        guard let offset = offsetInMinutes(text[at...]) else { return false }
        if second < 60 { return true }
        let minutes = (hour * 60 + minute - offset + 2 * 1440) % 1440
        return minutes == 1439
    }

    /// `Z`, `+hh:mm` or `-hh:mm`.
    private static func offsetInMinutes(_ text: Text) -> Int? {
        let at = text.startIndex
        switch text.first {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): return text.count == 1 ? 0 : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard text.count == 6, text[at + 3] == UInt8(ascii: ":"), let hours = number(text, at + 1, 2),
                let minutes = number(text, at + 4, 2), hours <= 23, minutes <= 59
            else { return nil }
            let offset = hours * 60 + minutes
            return text.first == UInt8(ascii: "-") ? -offset : offset
        default: return nil
        }
    }

    /// Parses `count` digits; the text must be long enough.
    @inline(__always)
    private static func number(_ text: Text, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for i in start..<(start + count) {
            let digit = text[i] &- 48
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }
}
