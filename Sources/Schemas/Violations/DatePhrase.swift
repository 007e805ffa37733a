import JSON

/// Phrases for invalid dates.
enum DatePhrase {
    /// A specific remedy for common mistakes.
    static func remedy(_ format: StringFormat, found node: JSONNode) -> String {
        let text = node.utf8
        if text.count >= 10, let day = impossibleDay(text) { return day }
        if format != .date, text.count >= 19, text[10] | 0x20 == UInt8(ascii: "t") || text[10] == 0x20,
            DateFormats.isDate(text[..<10])
        {
            if text[10] == 0x20 { return "put a T between date and time: \"2021-12-31T23:59:59Z\"" }
            let last = text[text.count - 1]
            let hasZone = last | 0x20 == UInt8(ascii: "z") || text[19...].contains { $0 == 43 || $0 == 45 }
            if !hasZone { return "add the time zone: Z, or an offset such as -03:00" }
        }
        if text.count == 10, let turned = turnedAround(text) { return "write \"\(turned)\"" }
        return format == .dateTime ? "write it as \"2021-12-31T23:59:59Z\"" : "write it as \"2021-12-31\""
    }

    /// `2021-02-30`: the day exceeds the month.
    private static func impossibleDay(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), let year = number(text[0..<4]),
            let month = number(text[5..<7]), let day = number(text[8..<10])
        else { return nil }
        guard (1...12).contains(month) else { return "a year has 12 months; write the month before the day" }
        let days = DateFormats.days(ofMonth: month, year: year)
        guard day == 0 || day > days else { return nil }
        return "that month has \(days) days"
    }

    /// `31/12/2021` → `2021-12-31`, if the day cannot be a month.
    private static func turnedAround(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        let separators: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ".")]
        guard separators.contains(text[2]), text[5] == text[2], let day = number(text[0..<2]),
            let month = number(text[3..<5]), let year = number(text[6..<10]), day > 12 || day == month,
            (1...12).contains(month), day <= DateFormats.days(ofMonth: month, year: year)
        else { return nil }
        let digits = Array(text)
        return String(decoding: digits[6..<10] + [45] + digits[3..<5] + [45] + digits[0..<2], as: UTF8.self)
    }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard digits.allSatisfy(ASCII.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 &- 48) }
    }
}
