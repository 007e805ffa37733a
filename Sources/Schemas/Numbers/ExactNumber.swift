import JSON

/// Exact comparison and divisibility of JSON numbers of any length.
enum ExactNumber {
    static func isIntegral(_ node: JSONNode) -> Bool {
        if node.isPlainInteger { return true }
        if let small = SmallDecimal(node.utf8) { return small.isIntegral }
        return JSONNumber(validText: node.utf8).isIntegral
    }

    /// Compares: -1, 0 or 1 if `a` is less than, equal to or greater than `b`.
    static func compare(_ a: JSONNode, _ b: JSONNode) -> Int {
        if let left = SmallDecimal(a.utf8), let right = SmallDecimal(b.utf8) { return left.compared(to: right) }
        return JSONNumber(validText: a.utf8).compared(to: JSONNumber(validText: b.utf8))
    }

    /// Whether `a` is a whole multiple of `b` (> 0); nil if the computation exceeds its limit. Adds its cost to `work`.
    static func isMultiple(_ a: JSONNode, of b: JSONNode, work: inout Int) -> Bool? {
        if let value = SmallDecimal(a.utf8), let divisor = SmallDecimal(b.utf8) { return value.isMultiple(of: divisor) }
        return isMultiple(JSONNumber(validText: a.utf8), of: JSONNumber(validText: b.utf8), &work)
    }

    private static func isMultiple(_ a: JSONNumber, of b: JSONNumber, _ work: inout Int) -> Bool? {
        if a.isZero { return true }
        let (value, divisor) = (a.stripped, b.stripped)
        let zeros = value.exponent - divisor.exponent
        // `b` has a power of ten that `a` lacks.
        if zeros < 0 { return false }
        if divisor.digits.count <= 19 {
            work += value.digits.count >> 4
            return isMultiple(value.digits, zeros, of: divisor.digits.reduce(0) { $0 * 10 + UInt128($1) })
        }
        // Long division.
        let count = value.digits.count + zeros
        guard count <= 100_000, count * divisor.digits.count <= 20_000_000 else { return nil }
        work += count * divisor.digits.count
        return isMultiple(value.digits + [UInt8](repeating: 0, count: zeros), of: Array(divisor.digits))
    }

    /// digits × 10^zeros mod divisor: digit by digit, then by squaring.
    private static func isMultiple(_ digits: ArraySlice<UInt8>, _ zeros: Int, of divisor: UInt128) -> Bool {
        var rest = digits.reduce(0 as UInt128) { ($0 * 10 + UInt128($1)) % divisor }
        var (base, power) = (10 % divisor, zeros)
        while power > 0 {
            if power & 1 == 1 { rest = rest * base % divisor }
            base = base * base % divisor
            power >>= 1
        }
        return rest == 0
    }

    private static func isMultiple(_ value: ArraySlice<UInt8>, of divisor: [UInt8]) -> Bool {
        var rest: [UInt8] = []
        for digit in value {
            if !rest.isEmpty || digit != 0 { rest.append(digit) }
            while !isSmaller(rest, divisor) { subtract(divisor, from: &rest) }
        }
        return rest.isEmpty
    }

    private static func isSmaller(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    }

    private static func subtract(_ b: [UInt8], from a: inout [UInt8]) {
        var borrow: UInt8 = 0
        for i in 1...a.count {
            let subtrahend = (i <= b.count ? b[b.count - i] : 0) + borrow
            let at = a.count - i
            if a[at] < subtrahend {
                a[at] = a[at] + 10 - subtrahend
                borrow = 1
            } else {
                a[at] -= subtrahend
                borrow = 0
            }
        }
        a.removeFirst(a.prefix { $0 == 0 }.count)
    }
}
