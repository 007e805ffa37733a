/// A JSON number with all its digits: value = ±digits × 10^exponent.
package struct JSONNumber: Sendable {
    package let isNegative: Bool
    /// The significant digits as values 0…9: no leading zeros, trailing ones as written; empty for zero.
    package let digits: [UInt8]
    /// Power of ten of the last digit. Saturates at ±1 000 000 000.
    package let exponent: Int
    /// Whether it has neither fraction nor exponent.
    package let isPlainInteger: Bool
    /// The original text.
    package let text: String

    /// Parses the text of a number token, which must be valid JSON.
    package init(validText text: UnsafeBufferPointer<UInt8>) {
        var digits: [UInt8] = []
        digits.reserveCapacity(text.count)
        var at = 0
        var fraction = 0
        var inFraction = false
        var plain = true
        var written = 0
        let negative = text.first == UInt8(ascii: "-")
        if negative { at = 1 }
        scan: while at < text.count {
            switch text[at] {
            case UInt8(ascii: "."):
                inFraction = true
                plain = false
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                plain = false
                at += 1
                var negativeExponent = false
                if text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") {
                    negativeExponent = text[at] == UInt8(ascii: "-")
                    at += 1
                }
                while at < text.count {
                    written = min(written * 10 + Int(text[at] - 48), 1_000_000_000)
                    at += 1
                }
                if negativeExponent { written = -written }
                break scan
            default:
                let digit = text[at] - 48
                if digit != 0 || !digits.isEmpty { digits.append(digit) }
                if inFraction { fraction += 1 }
            }
            at += 1
        }
        isNegative = negative
        self.digits = digits
        exponent = max(-1_000_000_000, min(1_000_000_000, written - fraction))
        isPlainInteger = plain
        self.text = String(decoding: text, as: UTF8.self)
    }

    package var isZero: Bool { digits.isEmpty }

    /// Whether the value is integral, whatever its notation: `1.0` and `1e2` are.
    package var isIntegral: Bool {
        if digits.isEmpty || exponent >= 0 { return true }
        let zeros = digits.reversed().prefix { $0 == 0 }.count
        return zeros >= -exponent
    }

    /// The value as a 64-bit integer; nil if not integral or out of range.
    package var int64: Int64? {
        guard isIntegral else { return nil }
        if digits.isEmpty { return 0 }
        var significant = digits[...]
        var zeros = exponent
        while zeros < 0 {
            significant = significant.dropLast()
            zeros += 1
        }
        guard significant.count + zeros <= 19 else { return nil }
        var magnitude: UInt64 = 0
        for digit in significant { magnitude = magnitude * 10 + UInt64(digit) }
        for _ in 0..<zeros { magnitude *= 10 }
        if isNegative { return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    /// The nearest double; nil if out of range.
    package var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The double whose shortest representation has exactly these digits; nil if a double would change them.
    package var exactDouble: Double? {
        guard let value = double else { return nil }
        if isZero { return value }
        guard value != 0 else { return nil }
        var shortest = "\(value)"
        return shortest.withUTF8 { JSONNumber(validText: $0).hasValue(of: self) } ? value : nil
    }

    /// Whether both have the same value, whatever their notation.
    package func hasValue(of other: JSONNumber) -> Bool {
        if isZero || other.isZero { return isZero && other.isZero }
        let a = stripped, b = other.stripped
        return isNegative == other.isNegative && a.exponent == b.exponent && a.digits == b.digits
    }

    /// Compares exactly: -1, 0 or 1 if `self` is less than, equal to or greater than `other`.
    package func compared(to other: JSONNumber) -> Int {
        if hasValue(of: other) { return 0 }
        if isZero { return other.isNegative ? 1 : -1 }
        if other.isZero || isNegative != other.isNegative { return isNegative ? -1 : 1 }
        let (a, b) = (stripped, other.stripped)
        // Positions of the first digits.
        let (left, right) = (a.digits.count + a.exponent, b.digits.count + b.exponent)
        let isLess = left == right ? a.digits.lexicographicallyPrecedes(b.digits) : left < right
        return isLess == isNegative ? 1 : -1
    }

    /// Digits and exponent without trailing zeros.
    package var stripped: (digits: ArraySlice<UInt8>, exponent: Int) {
        let zeros = digits.reversed().prefix { $0 == 0 }.count
        return (digits.dropLast(zeros), exponent + zeros)
    }
}
