extension Decimal128 {
    private static let coefficientEnd: UInt128 = (0..<maximumDigits).reduce(1) { value, _ in value * 10 }

    /// The exact sum, with the smaller exponent where 34 digits suffice; nil if they do not, or of what is not finite.
    package func adding(_ other: Decimal128) -> Decimal128? {
        guard let x = parts, let y = other.parts else { return nil }
        if x.coefficient == 0 { return other }
        if y.coefficient == 0 { return self }
        return Self.sum(Term(x), Term(y)) ?? Self.sum(Term(x).withoutZeros, Term(y).withoutZeros)
    }

    private struct Term {
        var coefficient: Int128
        var exponent: Int

        init(_ parts: (isNegative: Bool, coefficient: UInt128, exponent: Int)) {
            let magnitude = Int128(clamping: parts.coefficient)
            coefficient = parts.isNegative ? 0 - magnitude : magnitude
            exponent = parts.exponent
        }

        var withoutZeros: Term {
            var term = self
            while term.coefficient % 10 == 0 {
                term.coefficient /= 10
                term.exponent += 1
            }
            return term
        }

        /// Nil if it has too many digits.
        func scaled(to least: Int) -> Int128? {
            guard exponent - least <= 38 else { return nil }
            var scaled = coefficient
            for _ in least..<exponent {
                let (next, overflows) = scaled.multipliedReportingOverflow(by: 10)
                guard !overflows else { return nil }
                scaled = next
            }
            return scaled
        }
    }

    private static func sum(_ x: Term, _ y: Term) -> Decimal128? {
        var exponent = min(x.exponent, y.exponent)
        guard let a = x.scaled(to: exponent), let b = y.scaled(to: exponent) else { return nil }
        let (sum, overflows) = a.addingReportingOverflow(b)
        guard !overflows else { return nil }
        var magnitude = sum.magnitude
        while magnitude >= coefficientEnd, magnitude % 10 == 0 {
            magnitude /= 10
            exponent += 1
        }
        guard magnitude < coefficientEnd, exponent <= 6111 else { return nil }
        return Decimal128(isNegative: sum < 0, coefficient: magnitude, exponent: exponent)
    }
}
