internal import BSON

/// A date pattern in Unicode syntax (yyyy, yy, MM, M, dd, d, HH, H, mm, ss, SSS, XXX) with text in 'quotes'; other
/// characters are literal.
struct DatePattern: Sendable {
    enum Part: Sendable, Equatable {
        case year(Int), month(Int), day(Int), hour(Int), minute(Int), second(Int), fraction(Int), offset
        case text([UInt8])
    }

    struct Problem: Error { let message: String }

    let parts: [Part]
    let text: String
    /// The year that a two-digit year is not before: 1930 reads 29 as 2029 and 30 as 1930.
    let pivot: Int

    /// Whether it has a year of two digits.
    var hasShortYear: Bool { parts.contains(.year(2)) }
    /// Whether it has a quoted letter Z, which in dates denotes UTC.
    var hasQuotedZ: Bool {
        parts.contains { if case .text(let bytes) = $0 { bytes.contains(UInt8(ascii: "Z")) } else { false } }
    }
    var hasTime: Bool { parts.contains { if case .hour = $0 { true } else { false } } }
    var hasOffset: Bool { parts.contains(.offset) }

    init(_ text: String, pivot: Int = 2000) throws(Problem) {
        self.text = text
        self.pivot = pivot
        var parts: [Part] = []
        var rest = Array(text)[...]
        func literal(_ character: Character) {
            if case .text(let before) = parts.last {
                parts[parts.count - 1] = .text(before + String(character).utf8)
            } else {
                parts.append(.text(Array(String(character).utf8)))
            }
        }
        while let first = rest.first {
            if first == "'" {
                rest = rest.dropFirst()
                if rest.first == "'" {
                    literal("'")
                    rest = rest.dropFirst()
                    continue
                }
                while let next = rest.first, next != "'" {
                    literal(next)
                    rest = rest.dropFirst()
                }
                guard rest.first == "'" else { throw Problem(message: "a quote in the pattern is not closed") }
                rest = rest.dropFirst()
                continue
            }
            let count = rest.prefix { $0 == first }.count
            guard first.isASCII, first.isLetter else {
                literal(first)
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(count)
            switch (first, count) {
            case ("y", 4), ("y", 2): parts.append(.year(count))
            case ("M", 1...2): parts.append(.month(count))
            case ("d", 1...2): parts.append(.day(count))
            case ("H", 1...2): parts.append(.hour(count))
            case ("m", 1...2): parts.append(.minute(count))
            case ("s", 1...2): parts.append(.second(count))
            case ("S", 1...9): parts.append(.fraction(count))
            case ("X", 1...3): parts.append(.offset)
            case ("T", 1): literal(first)
            case ("Z", 1...5):
                throw Problem(
                    message:
                        "'Z' could be a letter or an offset; write XXX for an offset such as -03:00 or Z, or 'Z' in"
                        + " quotes for a literal Z")
            default:
                throw Problem(
                    message:
                        "'\(String(repeating: first, count: count))' is not part of a date pattern; there are yyyy, yy,"
                        + " MM, M, dd, d, HH, H, mm, m, ss, s, SSS, XXX, and text in 'quotes'")
            }
        }
        try Self.check(parts)
        self.parts = parts
    }

    /// Year, month and day once, and no smaller part of the time without the greater one.
    private static func check(_ parts: [Part]) throws(Problem) {
        let names = [
            "year (yyyy)", "month (MM)", "day (dd)", "hour (HH)", "minute (mm)", "second (ss)", "fraction (SSS)",
        ]
        var counts = [Int](repeating: 0, count: 8)
        for part in parts {
            switch part {
            case .year: counts[0] += 1
            case .month: counts[1] += 1
            case .day: counts[2] += 1
            case .hour: counts[3] += 1
            case .minute: counts[4] += 1
            case .second: counts[5] += 1
            case .fraction: counts[6] += 1
            case .offset: counts[7] += 1
            case .text: break
            }
        }
        for (name, count) in zip(names + ["offset (XXX)"], counts) where count > 1 {
            throw Problem(
                message: "the pattern has the \(name) more than once; MM is the month, and mm the minute")
        }
        guard counts[0...2].allSatisfy({ $0 == 1 }) else {
            throw Problem(message: "a date pattern needs year, month and day, such as dd/MM/yyyy")
        }
        for small in 4...6 where counts[small] == 1 && counts[small - 1] == 0 {
            throw Problem(message: "the pattern has the \(names[small]) without the \(names[small - 1])")
        }
    }

    /// Parses to milliseconds since 1970; nil if the text does not match or is not a valid date. Without a time it is the
    /// start of that day in UTC, whatever the offset: a day is not moved.
    func read(_ text: Bytes, zone: TimeZoneTable) -> Int64? {
        var (year, month, day, hour, minute, second, milliseconds) = (1970, 1, 1, 0, 0, 0, 0)
        var offset: Int?
        var at = 0
        func number(_ least: Int, _ most: Int) -> Int? {
            var (value, count) = (0, 0)
            while count < most, at < text.count, text[at] &- 48 <= 9 {
                value = value * 10 + Int(text[at] - 48)
                at += 1
                count += 1
            }
            return count >= least ? value : nil
        }
        for part in parts {
            switch part {
            case .year(let width):
                guard let value = number(width, width) else { return nil }
                year = width == 2 ? century(value) : value
            case .month(let width):
                guard let value = number(width, 2), (1...12).contains(value) else { return nil }
                month = value
            case .day(let width):
                guard let value = number(width, 2), value >= 1 else { return nil }
                day = value
            case .hour(let width):
                guard let value = number(width, 2), value < 24 else { return nil }
                hour = value
            case .minute(let width):
                guard let value = number(width, 2), value < 60 else { return nil }
                minute = value
            case .second(let width):
                guard let value = number(width, 2), value <= 60 else { return nil }
                second = value
            case .fraction(let width):
                guard var value = number(width, width) else { return nil }
                for _ in 0..<max(0, 3 - width) { value *= 10 }
                for _ in 0..<max(0, width - 3) { value /= 10 }
                milliseconds = value
            case .offset:
                guard let value = Self.offset(text, &at) else { return nil }
                offset = value
            case .text(let bytes):
                guard at + bytes.count <= text.count, text[at..<(at + bytes.count)].elementsEqual(bytes) else {
                    return nil
                }
                at += bytes.count
            }
        }
        guard at == text.count, day <= Instant.daysIn(month: month, year: year) else { return nil }
        let local =
            Int64(Instant.days(year: year, month: month, day: day)) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        guard hasTime else { return local * 1000 }
        let moment = offset.map { local - Int64($0) } ?? zone.second(ofLocal: local)
        return moment * 1000 + Int64(milliseconds)
    }

    /// The year from the pivot on with these last two digits.
    private func century(_ digits: Int) -> Int { pivot + ((digits - pivot) % 100 + 100) % 100 }

    private static func offset(_ text: Bytes, _ at: inout Int) -> Int? {
        guard at < text.count else { return nil }
        let sign = text[at]
        at += 1
        if sign == UInt8(ascii: "Z") { return 0 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        var digits: [Int] = []
        while digits.count < 4, at < text.count {
            if text[at] &- 48 <= 9 {
                digits.append(Int(text[at] - 48))
            } else if !(text[at] == UInt8(ascii: ":") && digits.count == 2) {
                break
            }
            at += 1
        }
        guard digits.count == 2 || digits.count == 4 else { return nil }
        let hours = digits[0] * 10 + digits[1]
        let minutes = digits.count == 4 ? digits[2] * 10 + digits[3] : 0
        guard hours < 24, minutes < 60 else { return nil }
        return (hours * 60 + minutes) * 60 * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    /// Formats a moment.
    func write(_ milliseconds: Int64, zone: TimeZoneTable) -> [UInt8] {
        let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        let offset = zone.offset(at: seconds)
        let local = seconds + Int64(offset)
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        let clock = Int(local - days * 86_400)
        let (year, month, day) = Instant.civil(days: Int(days))
        var out: [UInt8] = []
        func add(_ value: Int, _ width: Int) {
            let digits = String(value)
            for _ in 0..<max(0, width - digits.utf8.count) { out.append(48) }
            out.append(contentsOf: digits.utf8)
        }
        for part in parts {
            switch part {
            case .year(let width): add(width == 2 ? ((year % 100) + 100) % 100 : year, width)
            case .month(let width): add(month, width)
            case .day(let width): add(day, width)
            case .hour(let width): add(clock / 3600, width)
            case .minute(let width): add(clock / 60 % 60, width)
            case .second(let width): add(clock % 60, width)
            case .fraction(let width):
                let thousandths = Int(milliseconds - seconds * 1000)
                let text = String(1000 + thousandths).dropFirst() + "000000"
                out.append(contentsOf: text.prefix(width).utf8)
            case .offset:
                if offset == 0 {
                    out.append(UInt8(ascii: "Z"))
                } else {
                    out.append(UInt8(ascii: offset < 0 ? "-" : "+"))
                    add(Int(offset.magnitude) / 3600, 2)
                    out.append(UInt8(ascii: ":"))
                    add(Int(offset.magnitude) / 60 % 60, 2)
                }
            case .text(let bytes): out.append(contentsOf: bytes)
            }
        }
        return out
    }
}
