package import JSON

/// IEEE 754-2008 decimal128 in the binary integer encoding (BID) of BSON.
package struct Decimal128: Hashable, Sendable, CustomStringConvertible {
    package let low: UInt64
    package let high: UInt64

    package static let maximumDigits = 34

    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Converts with all digits; nil if there are more than 34 or the exponent is out of range.
    package init?(_ number: JSONNumber) {
        var digits = number.digits[...]
        var exponent = number.exponent
        while digits.count > Self.maximumDigits, digits.last == 0 {
            digits = digits.dropLast()
            exponent += 1
        }
        guard digits.count <= Self.maximumDigits, exponent >= -6176, exponent <= 6111 else { return nil }
        var coefficient: UInt128 = 0
        for digit in digits { coefficient = coefficient * 10 + UInt128(digit) }
        self.init(isNegative: number.isNegative, coefficient: coefficient, exponent: exponent)
    }

    /// Converts the node's text; usually does not allocate.
    package init?(_ node: JSONNode) {
        guard node.kind == .number else { return nil }
        if let small = SmallDecimal(node.utf8), small.exponent >= -6176, small.exponent <= 6111 {
            self.init(
                isNegative: small.isNegative, coefficient: UInt128(small.magnitude), exponent: small.exponent)
        } else {
            self.init(JSONNumber(validText: node.utf8))
        }
    }

    /// `coefficient` < 10^34; `exponent` in -6176…6111.
    package init(isNegative: Bool, coefficient: UInt128, exponent: Int) {
        low = UInt64(truncatingIfNeeded: coefficient)
        high =
            (isNegative ? 1 << 63 : 0) | UInt64(exponent + 6176) << 49 | UInt64(truncatingIfNeeded: coefficient >> 64)
    }

    /// Sign, coefficient and exponent; nil for infinities, NaN and non-canonical zeros.
    package var parts: (isNegative: Bool, coefficient: UInt128, exponent: Int)? {
        guard (high >> 61) & 3 != 3 else { return nil }
        let coefficient = UInt128(high & ((1 << 49) - 1)) << 64 | UInt128(low)
        return (high >> 63 == 1, coefficient, Int((high >> 49) & 0x3FFF) - 6176)
    }

    /// Scientific string of the decimal arithmetic specification; valid JSON for every finite value.
    package var description: String {
        guard let (isNegative, coefficient, exponent) = parts else {
            return high >> 58 & 0x1F == 0x1F ? "NaN" : "Infinity"
        }
        let digits = String(coefficient)
        let adjusted = exponent + digits.count - 1
        let sign = isNegative ? "-" : ""
        if exponent == 0 { return sign + digits }
        if exponent < 0 && adjusted >= -6 {
            let point = digits.count + exponent
            if point > 0 { return sign + digits.prefix(point) + "." + digits.dropFirst(point) }
            return sign + "0." + String(repeating: "0", count: -point) + digits
        }
        let mantissa = digits.count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
        return sign + mantissa + "E" + (adjusted < 0 ? "" : "+") + String(adjusted)
    }
}
