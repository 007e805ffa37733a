/// A date pattern in Unicode letters, as Java's, with text in 'quotes' and optional parts in [brackets]; other characters
/// are literal. ``letters`` lists them.
///
/// A pattern with optional parts is a list of forms without them, the one with all of them first.
struct DatePattern: Sendable {
    /// A part of a date that is written in digits.
    enum Field: Int, Sendable, CaseIterable {
        case year, month, day, dayOfYear, hour, halfDayHour, minute, second, fraction
    }

    enum Part: Sendable, Equatable {
        case number(Field, letters: Int)
        case monthName(isFull: Bool), dayName(isFull: Bool), half
        /// `letters`: 1 to 3; `usesZ`: written as Z where it is 0.
        case offset(letters: Int, usesZ: Bool)
        case text([UInt8])
    }

    struct Problem: Error { let message: String }

    /// A pattern without optional parts.
    struct Form: Sendable {
        let parts: [Part]
        /// For each part, the digits that must follow a number of one letter before something else does.
        let tails: [Int]

        var hasTime: Bool { parts.contains { $0.field == .hour || $0.field == .halfDayHour } }
        var hasOffset: Bool { parts.contains { if case .offset = $0 { true } else { false } } }
    }

    static let letters =
        "yyyy, yy, MMMM, MMM, MM, M, dd, d, DDD, D (day of the year), EEEE, EEE (day of the week), HH, H, hh, h, a (AM or PM),"
        + " mm, m, ss, s, SSS, XXX, XX, X, xxx, xx, x (offsets), text in 'quotes', and optional parts in [ ]"

    /// Maximum number of forms.
    private static let mostForms = 64

    let forms: [Form]
    let text: String
    /// The year that a two-digit year is not before: 1930 reads 29 as 2029 and 30 as 1930.
    let pivot: Int

    /// Whether it has a year of two digits.
    var hasShortYear: Bool { forms[0].parts.contains(.number(.year, letters: 2)) }
    /// Whether one of its forms has a time.
    var hasTime: Bool { forms[0].hasTime }
    /// Whether one of its forms has an offset.
    var hasOffset: Bool { forms[0].hasOffset }
    /// Whether each of its forms that has a time has an offset.
    var alwaysHasOffset: Bool { forms.allSatisfy { !$0.hasTime || $0.hasOffset } }

    /// The quoted text that denotes UTC: a letter Z, or without an offset GMT or UTC.
    var quotedUTC: String? {
        let quoted = forms[0].parts.compactMap { part in
            if case .text(let bytes) = part { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
        if quoted.contains(where: { $0.contains("Z") }) { return "the letter Z" }
        let words = ["Coordinated Universal Time"] + (hasOffset ? [] : ["GMT", "UTC"])
        return words.first { word in quoted.contains { $0.contains(word) } }.map { "'\($0)'" }
    }

    init(_ text: String, pivot: Int = 2000) throws(Problem) {
        self.text = text
        self.pivot = pivot
        var parser = DatePatternParser(text)
        let forms = try parser.forms(most: Self.mostForms)
        for form in forms { try Self.check(form) }
        self.forms = forms.map { Form(parts: $0, tails: Self.tails($0)) }
    }

    // MARK: Checks

    private static func check(_ parts: [Part]) throws(Problem) {
        try checkNumber(of: parts)
        try checkNeeds(of: parts)
        try checkEnds(of: parts)
    }

    private static func checkNumber(of parts: [Part]) throws(Problem) {
        var seen: Set<String> = []
        for name in parts.compactMap(\.kind) where !seen.insert(name).inserted {
            throw Problem(message: "the pattern has the \(name) more than once; MM is the month, and mm the minute")
        }
    }

    /// Year, month and day, and no smaller part of the time without the greater one.
    private static func checkNeeds(of parts: [Part]) throws(Problem) {
        let fields = parts.compactMap(\.field)
        let hasMonth = parts.contains { $0.kind == Part.month }
        func has(_ field: Field) -> Bool { fields.contains(field) }
        guard has(.year), has(.dayOfYear) ? has(.day) == hasMonth : hasMonth && has(.day) else {
            throw Problem(
                message:
                    "a date pattern needs year, month and day, such as dd/MM/yyyy, or year and day of the year, such as"
                    + " yyyyDDD; optional parts can be left out, so these stand outside of them")
        }
        let hasHalf = parts.contains(.half)
        if has(.halfDayHour), !hasHalf {
            throw Problem(
                message:
                    "the pattern has the hour (hh) of 1 to 12 without AM or PM (a); write HH for 0 to 23, or add 'a'")
        }
        if hasHalf, !has(.halfDayHour), !has(.hour) {
            throw Problem(message: "the pattern has AM or PM (a) without the hour (hh)")
        }
        let names = ["hour (HH)", "minute (mm)", "second (ss)", "fraction (SSS)"]
        let order = [has(.hour) || has(.halfDayHour), has(.minute), has(.second), has(.fraction)]
        for small in 1...3 where order[small] && !order[small - 1] {
            throw Problem(message: "the pattern has the \(names[small]) without the \(names[small - 1])")
        }
    }

    /// It must be known where each number ends.
    private static func checkEnds(of parts: [Part]) throws(Problem) {
        var open: Part?
        for part in parts {
            if case .offset? = open, part.digits != nil {
                throw Problem(
                    message:
                        "it is not known where the offset ends, for a number follows it at once; write a space between")
            }
            switch part {
            case .number where part.isVariable:
                if let open {
                    throw Problem(
                        message:
                            "it is not known where the \(open.kind ?? "") ends and the \(part.kind ?? "") begins: both are"
                            + " written with one letter, and nothing stands between; write two letters for both, such as"
                            + " ddMM")
                }
                open = part
            case .number: break
            case .offset: open = part
            case .text(let bytes) where bytes.allSatisfy(Self.isDigit): break
            default: open = nil
            }
        }
    }

    private static func tails(_ parts: [Part]) -> [Int] {
        var tails = [Int](repeating: 0, count: parts.count)
        var tail = 0
        for (index, part) in parts.enumerated().reversed() {
            tails[index] = tail
            switch part {
            case .number: tail = part.isVariable ? 0 : tail + (part.digits ?? 0)
            case .text(let bytes):
                let digits = bytes.prefix(while: Self.isDigit).count
                tail = digits == bytes.count ? tail + digits : digits
            default: tail = 0
            }
        }
        return tails
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 <= 9 }
}

extension DatePattern.Part {
    static let month = "month (MM)"

    var field: DatePattern.Field? { if case .number(let field, _) = self { field } else { nil } }

    /// What it is; a pattern has each once. Nil for text.
    var kind: String? {
        switch self {
        case .number(let field, _):
            switch field {
            case .year: "year (yyyy)"
            case .month: Self.month
            case .day: "day (dd)"
            case .dayOfYear: "day of the year (DDD)"
            case .hour, .halfDayHour: "hour (HH)"
            case .minute: "minute (mm)"
            case .second: "second (ss)"
            case .fraction: "fraction (SSS)"
            }
        case .monthName: Self.month
        case .dayName: "day of the week (EEE)"
        case .half: "AM or PM (a)"
        case .offset: "offset (XXX)"
        case .text: nil
        }
    }

    /// Whether it is a number of as many digits as it needs.
    var isVariable: Bool {
        if case .number(let field, 1) = self { field != .fraction } else { false }
    }

    /// The digits it has at least; nil where it begins with something else.
    var digits: Int? {
        switch self {
        case .number(_, let letters): letters
        case .text(let bytes): bytes.first.map(DatePattern.isDigit) == true ? 1 : nil
        default: nil
        }
    }
}
