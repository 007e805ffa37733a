/// An exact decimal number of up to 19 significant digits: ±magnitude × 10^exponent. Does not allocate.
@usableFromInline package struct SmallDecimal: Sendable {
    @usableFromInline package var isNegative: Bool
    /// Trailing zeros are kept.
    @usableFromInline package var magnitude: UInt64
    @usableFromInline package var exponent: Int

    /// Parses the text of a JSON number; nil if it has more digits or an extreme exponent.
    @inlinable
    package init?(_ text: UnsafeBufferPointer<UInt8>) {
        var at = 0
        isNegative = text.first == UInt8(ascii: "-")
        if isNegative { at = 1 }
        magnitude = 0
        var digits = 0
        var fraction = 0
        var seenPoint = false
        while at < text.count {
            let byte = text[at]
            let digit = byte &- 48
            if digit <= 9 {
                if digits > 0 || digit != 0 {
                    digits += 1
                    if digits > 19 { return nil }
                }
                magnitude = magnitude &* 10 &+ UInt64(digit)
                if seenPoint { fraction += 1 }
            } else if byte == UInt8(ascii: ".") {
                seenPoint = true
            } else {
                break
            }
            at += 1
        }
        exponent = -fraction
        guard at < text.count else { return }
        at += 1
        var isNegativeExponent = false
        if text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "+") {
            isNegativeExponent = text[at] == UInt8(ascii: "-")
            at += 1
        }
        var written = 0
        while at < text.count {
            written = written &* 10 &+ Int(text[at] &- 48)
            if written > 1_000_000 { return nil }
            at += 1
        }
        exponent += isNegativeExponent ? -written : written
    }

    package var isZero: Bool { magnitude == 0 }

    /// Whether the value is integral.
    package var isIntegral: Bool {
        if exponent >= 0 || magnitude == 0 { return true }
        guard exponent >= -19 else { return false }
        return magnitude % Self.power(-exponent) == 0
    }

    /// The double whose shortest representation has these digits. Nil if finding it takes more than one rounding.
    ///
    /// Doubles distinguish up to 15 digits, and integers below 2^53 and powers of ten up to 22 are exact doubles
    /// (William Clinger, "How to Read Floating Point Numbers Accurately").
    package var exactDouble: Double? {
        guard magnitude < 1_000_000_000_000_000, (-22...0).contains(exponent) else { return nil }
        var power = 1.0
        for _ in 0..<(-exponent) { power *= 10 }
        let value = Double(magnitude) / power
        return isNegative ? -value : value
    }

    /// 10^n for n in 0...19.
    static func power(_ n: Int) -> UInt64 {
        var power: UInt64 = 1
        for _ in 0..<n { power &*= 10 }
        return power
    }

    /// Number of significant digits, trailing zeros included; 0 for zero.
    var digitCount: Int {
        var count = 0
        var rest = magnitude
        while rest > 0 {
            rest /= 10
            count += 1
        }
        return count
    }

    /// Decimal exponent of the first significant digit.
    var adjustedExponent: Int { exponent + digitCount - 1 }

    /// Compares: -1, 0 or 1 if `self` is less than, equal to or greater than `other`.
    package func compared(to other: SmallDecimal) -> Int {
        if isZero || other.isZero {
            if isZero && other.isZero { return 0 }
            if isZero { return other.isNegative ? 1 : -1 }
            return isNegative ? -1 : 1
        }
        if isNegative != other.isNegative { return isNegative ? -1 : 1 }
        let order = comparedMagnitude(to: other)
        return isNegative ? -order : order
    }

    private func comparedMagnitude(to other: SmallDecimal) -> Int {
        if exponent == other.exponent {
            return magnitude == other.magnitude ? 0 : magnitude < other.magnitude ? -1 : 1
        }
        let a = adjustedExponent
        let b = other.adjustedExponent
        if a != b { return a < b ? -1 : 1 }
        // Equal number of digits, so the exponents differ by less than 19.
        let shared = min(exponent, other.exponent)
        let left = UInt128(magnitude) * UInt128(Self.power(exponent - shared))
        let right = UInt128(other.magnitude) * UInt128(Self.power(other.exponent - shared))
        return left == right ? 0 : left < right ? -1 : 1
    }

    /// Whether this is a whole multiple of `divisor`, which must not be zero.
    package func isMultiple(of divisor: SmallDecimal) -> Bool {
        if isZero { return true }
        let shift = exponent - divisor.exponent
        if shift < 0 {
            // 19 digits cannot be a multiple of a greater power of ten.
            guard shift >= -19 else { return false }
            return UInt128(magnitude) % (UInt128(divisor.magnitude) * UInt128(Self.power(-shift))) == 0
        }
        // magnitude × 10^shift mod divisor, by repeated squaring.
        let modulus = UInt128(divisor.magnitude)
        var result = UInt128(magnitude) % modulus
        var base = 10 % modulus
        var rest = shift
        while rest > 0 {
            if rest & 1 == 1 { result = result * base % modulus }
            base = base * base % modulus
            rest >>= 1
        }
        return result == 0
    }
}
