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

    var hasTime: Bool { parts.contains { if case .hour = $0 { true } else { false } } }
    var hasOffset: Bool { parts.contains(.offset) }

    init(_ text: String) throws(Problem) {
        self.text = text
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
            case ("T", 1), ("Z", 1): literal(first)
            default:
                throw Problem(
                    message:
                        "'\(String(repeating: first, count: count))' is not part of a date pattern; there are yyyy, yy,"
                        + " MM, M, dd, d, HH, H, mm, m, ss, s, SSS, XXX, and text in 'quotes'")
            }
        }
        let kinds = parts.map { part in
            switch part {
            case .year: 0
            case .month: 1
            case .day: 2
            default: 3
            }
        }
        guard [0, 1, 2].allSatisfy({ kinds.contains($0) }) else {
            throw Problem(message: "a date pattern needs year, month and day, such as dd/MM/yyyy")
        }
        self.parts = parts
    }

    /// Parses to milliseconds since 1970; nil if the text does not match or is not a valid date.
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
                year = width == 2 ? 2000 + value : value
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
        let moment = offset.map { local - Int64($0) } ?? zone.second(ofLocal: local)
        return moment * 1000 + Int64(milliseconds)
    }

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
