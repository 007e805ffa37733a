/// Order of values of one kind: numbers by value, dates by time, strings byte by byte.
package enum BSONOrder {
    /// Whether `a` is less than `b`; false if they cannot be compared.
    package static func isLess(_ a: BSONElement, _ b: BSONElement) -> Bool {
        if let x = a.date, let y = b.date { return x < y }
        if let x = a.string, let y = b.string { return x.lexicographicallyPrecedes(y) }
        if let x = a.integer, let y = b.integer { return x < y }
        if let x = a.decimal ?? a.integer.map(Decimal128.init), let y = b.decimal ?? b.integer.map(Decimal128.init) {
            return isLess(x, y)
        }
        if let x = a.integer, let y = b.double { return isLess(x, y) }
        if let x = a.double, let y = b.integer { return isLess(x, y) }
        if let x = a.number, let y = b.number { return x < y }
        return false
    }

    /// Whether both are of one kind: numbers, dates or strings.
    package static func areComparable(_ a: BSONElement, _ b: BSONElement) -> Bool {
        (a.date != nil && b.date != nil) || (a.string != nil && b.string != nil) || areNumbers(a, b)
    }

    /// Whether both are numbers, and neither is NaN.
    static func areNumbers(_ a: BSONElement, _ b: BSONElement) -> Bool {
        guard let x = a.number, let y = b.number else { return false }
        return !x.isNaN && !y.isNaN
    }

    /// Exact: a double does not hold every 64-bit integer.
    private static func isLess(_ a: Int64, _ b: Double) -> Bool {
        Int64(exactly: b.rounded(.up)).map { a < $0 } ?? (b > 0)
    }

    private static func isLess(_ a: Double, _ b: Int64) -> Bool {
        Int64(exactly: a.rounded(.down)).map { $0 < b } ?? (a < 0)
    }

    private static func isLess(_ a: Decimal128, _ b: Decimal128) -> Bool {
        guard let x = a.parts, let y = b.parts else { return false }
        let (signX, signY) = (sign(x.isNegative, x.coefficient), sign(y.isNegative, y.coefficient))
        if signX != signY { return signX < signY }
        if signX == 0 { return false }
        let order = compareMagnitudes(x.coefficient, x.exponent, y.coefficient, y.exponent)
        return signX > 0 ? order < 0 : order > 0
    }

    private static func sign(_ isNegative: Bool, _ coefficient: UInt128) -> Int {
        coefficient == 0 ? 0 : (isNegative ? -1 : 1)
    }

    /// Compares two positive numbers. Negative if the first is less.
    private static func compareMagnitudes(_ a: UInt128, _ ea: Int, _ b: UInt128, _ eb: Int) -> Int {
        let (highest, other) = (digits(a) + ea, digits(b) + eb)
        if highest != other { return highest < other ? -1 : 1 }
        // The leading digits are aligned, so neither exceeds the 34 digits of a coefficient.
        let x = a * power(max(0, ea - eb))
        let y = b * power(max(0, eb - ea))
        return x < y ? -1 : (x == y ? 0 : 1)
    }

    private static func digits(_ value: UInt128) -> Int {
        var (count, rest) = (0, value)
        while rest > 0 { (count, rest) = (count + 1, rest / 10) }
        return count
    }

    private static func power(_ exponent: Int) -> UInt128 { (0..<exponent).reduce(1) { value, _ in value * 10 } }
}

extension BSONElement {
    /// The value as a double, for comparison with a double.
    fileprivate var number: Double? {
        if let double { return double }
        if let integer { return Double(integer) }
        guard let parts = decimal?.parts else { return nil }
        return Double("\(parts.isNegative ? "-" : "")\(parts.coefficient)e\(parts.exponent)")
    }
}
