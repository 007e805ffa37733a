/// Equality of stored values: decides between `unchanged` and `updated`.
///
/// Compares numbers by value (12.50 and 12.5, 10 and 10.0), objects regardless of member order, everything else byte by
/// byte. Exception: a double never equals a decimal, so that amounts stored as doubles are corrected by the next
/// message.
package enum BSONEquality {
    package static func areEqual(_ a: BSONElement, _ b: BSONElement) -> Bool {
        if a.typeByte == b.typeByte {
            if a.value.isEqual(to: b.value) { return true }
            switch a.type {
            case .document: return documentsEqual(a, b)
            case .array: return arraysEqual(a, b)
            case .double, .decimal128: break
            default: return false
            }
        }
        return numbersEqual(a, b)
    }

    private static func arraysEqual(_ a: BSONElement, _ b: BSONElement) -> Bool {
        guard var ours = a.elements, var theirs = b.elements else { return false }
        while true {
            switch (ours.next(), theirs.next()) {
            case (nil, nil): return true
            case (let x?, let y?): if !areEqual(x, y) { return false }
            default: return false
            }
        }
    }

    private static func documentsEqual(_ a: BSONElement, _ b: BSONElement) -> Bool {
        guard let ours = a.elements, let theirs = b.elements else { return false }
        return areEqual(ours, theirs)
    }

    /// Whether both documents have the same members with equal values.
    package static func areEqual(_ ours: BSONElements, _ theirs: BSONElements) -> Bool {
        var count = 0
        var index = BSONIndex(theirs)
        for element in ours {
            count += 1
            guard let other = index.first(named: element.name), areEqual(element, other) else { return false }
        }
        return count == index.count
    }

    private static func numbersEqual(_ a: BSONElement, _ b: BSONElement) -> Bool {
        if let x = a.integer, let y = b.integer { return x == y }
        if let x = a.double, let y = b.double { return x == y }
        if let x = a.decimal, let y = b.decimal { return decimalsEqual(x, y) }
        if let x = a.integer, let y = b.double { return Int64(exactly: y) == x }
        if let x = a.double, let y = b.integer { return Int64(exactly: x) == y }
        if let x = a.decimal, let y = b.integer { return decimalsEqual(x, Decimal128(y)) }
        if let x = a.integer, let y = b.decimal { return decimalsEqual(Decimal128(x), y) }
        return false
    }

    private static func decimalsEqual(_ a: Decimal128, _ b: Decimal128) -> Bool {
        guard let x = a.normalized, let y = b.normalized else { return a == b }
        return x == y
    }
}

extension Decimal128 {
    package init(_ value: Int64) {
        self.init(isNegative: value < 0, coefficient: UInt128(value.magnitude), exponent: 0)
    }

    /// Sign, coefficient and exponent without trailing zeros; zero has one representation.
    fileprivate var normalized: (isNegative: Bool, coefficient: UInt128, exponent: Int)? {
        guard let (isNegative, whole, power) = parts else { return nil }
        var (coefficient, exponent) = (whole, power)
        if coefficient == 0 { return (false, 0, 0) }
        while coefficient % 10 == 0 {
            coefficient /= 10
            exponent += 1
        }
        return (isNegative, coefficient, exponent)
    }
}
