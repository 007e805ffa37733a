internal import JSON

/// A sender's number format, inferred from a sample such as `1.234,50`.
struct NumberStyle: Sendable, Equatable {
    var point: UInt8
    /// Thousands separators as UTF-8: those that look like the sample's; empty if it has none.
    var groups: [[UInt8]]

    /// Thousands separators that look alike: spaces, and apostrophes.
    private static let alike = [["\u{20}", "\u{A0}", "\u{2007}", "\u{2009}", "\u{202F}"], ["'", "\u{2019}"]]

    /// Whether a sample could mean two numbers: in 1.234 the point may group thousands or begin a fraction.
    static func isAmbiguous(sample: String) -> Bool {
        let digits = sample.drop { $0 == "-" || $0 == "+" }
        let parts = digits.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }
        return parts.count == 2 && parts[1].count == 3 && (1...3).contains(parts[0].count) && parts[0].first != "0"
            && parts.allSatisfy { $0.allSatisfy(\.isNumber) }
    }

    /// Nil if the sample has no fraction, or is not a number in its own format.
    init?(sample: String) {
        let separators = sample.filter { !$0.isNumber && $0 != "-" && $0 != "+" }
        guard let point = separators.last, let byte = point.asciiValue, point == "." || point == "," else { return nil }
        let groups = separators.dropLast()
        guard sample.last?.isNumber == true, sample.first?.isNumber == true || sample.first == "-" else { return nil }
        guard Set(groups).count <= 1, groups.first != point else { return nil }
        self.point = byte
        self.groups =
            groups.first.map { group in
                (Self.alike.first { $0.contains(String(group)) } ?? [String(group)]).map { Array($0.utf8) }
            } ?? []
        guard !Self.isAmbiguous(sample: sample), ToDecimal(style: self, sample: sample).reads(sample) else {
            return nil
        }
    }
}

/// Converts text in a sender's format to an exact decimal number.
final class ToDecimal: Transform {
    private let style: NumberStyle
    private let sample: String

    init(style: NumberStyle, sample: String) {
        self.style = style
        self.sample = sample
    }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        switch value {
        case .missing, .null, .number: return value
        case .text(let text):
            guard let number = read(Trim.trimmed(text), run) else {
                throw Fault(
                    "decimal", expected: "a number written like \(sample)",
                    found: value.described + Self.invisible(in: text), remedy: "write the number like \(sample)")
            }
            return .number(number)
        default:
            throw Fault(
                "decimal", expected: "a number, or text like \(sample)", found: value,
                remedy: "write the number like \(sample)")
        }
    }

    var accepts: ValueTypes { [.text, .number] }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.number, .absent] : .number }

    /// Whether a text is a number in the style.
    func reads(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { read($0, Run()) != nil }
    }

    /// The code points of a text that look like others: " (with U+202F)".
    private static func invisible(in text: Bytes) -> String {
        let unusual = text.string.unicodeScalars.filter {
            ($0.value > 0x7F || $0.value < 0x20) && !$0.properties.isAlphabetic
        }.prefix(3)
        if unusual.isEmpty { return "" }
        let shown = unusual.map { scalar in
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
        return " (with \(shown.joined(separator: ", ")))"
    }

    /// Parses digits, optionally in groups of three, and a fraction; no exponent.
    private func read(_ text: Bytes, _ run: Run) -> Bytes? {
        let out = run.scratch.bytes(text.count + 1)
        var (at, count, digits, sinceGroup) = (0, 0, 0, 0)
        var (inFraction, hasGroups, fraction) = (false, false, 0)
        // A number that begins with 0 has no groups: its separator begins a fraction.
        var beginsWithZero = false
        if at < text.count, text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "+") {
            if text[at] == UInt8(ascii: "-") {
                out[0] = text[at]
                count = 1
            }
            at += 1
        }
        let first = count
        while at < text.count {
            let byte = text[at]
            if byte &- 48 <= 9 {
                // JSON numbers have no leading zeros.
                if !inFraction, count == first + 1, out[first] == 48 { count = first }
                if digits == 0 { beginsWithZero = byte == 48 }
                out[count] = byte
                count += 1
                digits += 1
                if inFraction { fraction += 1 } else { sinceGroup += 1 }
                at += 1
            } else if byte == style.point, !inFraction, digits > 0 {
                if hasGroups && sinceGroup != 3 { return nil }
                inFraction = true
                out[count] = UInt8(ascii: ".")
                count += 1
                at += 1
            } else if !inFraction, digits > 0, let group = style.groups.first(where: { text[at...].starts(with: $0) }) {
                if beginsWithZero || (hasGroups ? sinceGroup != 3 : sinceGroup > 3) { return nil }
                hasGroups = true
                sinceGroup = 0
                at += group.count
            } else {
                return nil
            }
        }
        if digits == 0 || (inFraction && fraction == 0) || (!inFraction && hasGroups && sinceGroup != 3) { return nil }
        return Bytes(start: out, count: count)
    }
}

/// Converts text of digits to an integer; a number must already be integral.
final class ToInteger: Transform {
    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        func fault() -> Fault {
            Fault("integer", expected: "a whole number", found: value, remedy: "write it with digits alone, such as 12")
        }
        switch value {
        case .missing, .null: return value
        case .number(let text):
            if Self.isPlain(text) { return value }
            guard let whole = JSONNumber(validText: text).int64 else { throw fault() }
            return .number(run.scratch.copy(String(whole).utf8))
        case .text(let text):
            guard let whole = Int64(Trim.trimmed(text).string) else { throw fault() }
            return .number(run.scratch.copy(String(whole).utf8))
        default: throw fault()
        }
    }

    /// Whether it has only digits.
    private static func isPlain(_ text: Bytes) -> Bool {
        text.allSatisfy { $0 &- 48 <= 9 || $0 == UInt8(ascii: "-") }
    }

    var accepts: ValueTypes { [.text, .number] }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.number, .absent] : .number }
}

/// Rounds to a number of decimal places.
final class Round: Transform {
    enum Mode: String, CaseIterable, Sendable { case halfUp, halfEven, down, up }

    private let digits: Int
    private let mode: Mode

    init(digits: Int, mode: Mode) {
        self.digits = digits
        self.mode = mode
    }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if value.isAbsent { return value }
        let number = try Decimals.exact(value, step: "round")
        let cut = -digits - number.exponent
        guard cut > 0 else { return value }
        var magnitude = number.magnitude
        if cut > 38 {
            magnitude = mode == .up && magnitude > 0 ? 1 : 0
        } else {
            let unit = Decimals.power(cut)
            let (quotient, rest) = magnitude.quotientAndRemainder(dividingBy: unit)
            let goesUp =
                switch mode {
                case .down: false
                case .up: rest > 0
                case .halfUp: rest >= unit - rest
                case .halfEven: rest > unit - rest || (rest == unit - rest && quotient % 2 == 1)
                }
            magnitude = quotient + (goesUp ? 1 : 0)
        }
        return .number(Decimals.text(number.isNegative, magnitude, exponent: -digits, run))
    }

    var accepts: ValueTypes { .number }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.number, .absent] : .number }
}

/// Shifts the decimal point: × 10^n, exactly.
final class Scale: Transform {
    private let power: Int

    init(power: Int) { self.power = power }

    func apply(_ value: Value, _ run: Run) throws(Fault) -> Value {
        if value.isAbsent { return value }
        let number = try Decimals.exact(value, step: "scale")
        return .number(Decimals.text(number.isNegative, number.magnitude, exponent: number.exponent + power, run))
    }

    var accepts: ValueTypes { .number }

    func types(of input: ValueTypes) -> ValueTypes { input.contains(.absent) ? [.number, .absent] : .number }
}

/// Exact decimal arithmetic on number texts.
enum Decimals {
    /// Parses a number of at most 38 digits; throws otherwise.
    static func exact(
        _ value: Value, step: String
    ) throws(Fault) -> (isNegative: Bool, magnitude: UInt128, exponent: Int) {
        guard case .number(let text) = value else {
            throw Fault(
                step, expected: "a number", found: value,
                remedy: "make it one first: put 'decimal:' or 'integer: true' before '\(step)'")
        }
        if let small = SmallDecimal(text) { return (small.isNegative, UInt128(small.magnitude), small.exponent) }
        let number = JSONNumber(validText: text)
        guard number.digits.count <= 38, number.exponent.magnitude < 10_000 else {
            throw Fault(step, expected: "a number of at most 38 digits", found: value, remedy: "send fewer digits")
        }
        return (number.isNegative, number.digits.reduce(0) { $0 * 10 + UInt128($1) }, number.exponent)
    }

    /// The digits of a whole number, however it is written. Nil for other numbers and for more than 64 digits.
    static func whole(_ text: Bytes, _ run: Run) -> Bytes? {
        let digits = text.first == UInt8(ascii: "-") ? Bytes(rebasing: text.dropFirst()) : text
        if digits.count <= 64, digits.first != 48, digits.allSatisfy({ $0 &- 48 <= 9 }) { return text }
        let number = JSONNumber(validText: text)
        if number.isZero { return run.scratch.copy("0".utf8) }
        let (significant, zeros) = number.stripped
        guard zeros >= 0, zeros <= 64, significant.count + zeros <= 64 else { return nil }
        var out: [UInt8] = number.isNegative ? [UInt8(ascii: "-")] : []
        out += significant.map { $0 &+ 48 }
        out += [UInt8](repeating: 48, count: zeros)
        return run.scratch.copy(out)
    }

    /// 10^n for n in 0...38.
    static func power(_ n: Int) -> UInt128 { (0..<n).reduce(1) { power, _ in power * 10 } }

    /// Formats as JSON, without an exponent unless the text would be very long.
    static func text(_ isNegative: Bool, _ magnitude: UInt128, exponent: Int, _ run: Run) -> Bytes {
        let sign = isNegative && magnitude > 0 ? "-" : ""
        var digits = String(magnitude)
        if exponent >= 0 {
            if exponent <= 40 { return run.scratch.copy((sign + digits + zeros(magnitude == 0 ? 0 : exponent)).utf8) }
            return run.scratch.copy("\(sign)\(digits)E+\(exponent)".utf8)
        }
        if exponent < -60 { return run.scratch.copy("\(sign)\(digits)E\(exponent)".utf8) }
        if digits.count <= -exponent { digits = zeros(-exponent - digits.count + 1) + digits }
        return run.scratch.copy((sign + digits.dropLast(-exponent) + "." + digits.suffix(-exponent)).utf8)
    }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }

    /// Whether a text is a JSON number.
    static func isJSONNumber(_ text: Bytes) -> Bool {
        var at = text.first == UInt8(ascii: "-") ? 1 : 0
        func digits() -> Int {
            let start = at
            while at < text.count, text[at] &- 48 <= 9 { at += 1 }
            return at - start
        }
        let whole = at
        let count = digits()
        guard count > 0, count == 1 || text[whole] != 48 else { return false }
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            guard digits() > 0 else { return false }
        }
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
            guard digits() > 0 else { return false }
        }
        return at == text.count
    }
}
