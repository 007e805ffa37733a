/// A set of Unicode scalars: a character class.
struct ScalarSet: Sendable {
    /// Members below 128.
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var ranges: [ClosedRange<UInt32>] = []
    private var properties: [(property: UnicodeProperty, isNegated: Bool)] = []
    private var isNegated = false

    static let digits = ScalarSet([48...57])
    static let word = ScalarSet([48...57, 65...90, 95...95, 97...122])
    static let space = ScalarSet([
        9...13, 32...32, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])

    init(_ ranges: [ClosedRange<UInt32>] = []) { for range in ranges { insert(range) } }

    init(_ property: UnicodeProperty, isNegated: Bool) {
        properties = [(property, isNegated)]
        for scalar: UInt32 in 0..<128 where property.contains(scalar) != isNegated { insertASCII(scalar) }
    }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        var scalar = range.lowerBound
        while scalar < 128, scalar <= range.upperBound {
            insertASCII(scalar)
            scalar += 1
        }
        if range.upperBound >= 128 { ranges.append(max(range.lowerBound, 128)...range.upperBound) }
    }

    private mutating func insertASCII(_ scalar: UInt32) {
        if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
    }

    /// Adds all members of a set.
    mutating func formUnion(_ other: ScalarSet) {
        low |= other.low
        high |= other.high
        if other.isNegated {
            properties.append((.set(ScalarSetBox(other)), false))
        } else {
            ranges.append(contentsOf: other.ranges)
            properties.append(contentsOf: other.properties)
        }
    }

    /// The complement.
    var inverted: ScalarSet {
        var set = self
        set.low = ~low
        set.high = ~high
        set.isNegated.toggle()
        return set
    }

    /// Steps charged for testing a non-ASCII scalar: ranges and properties are searched linearly.
    var cost: Int {
        properties.reduce(ranges.count / 4) { cost, property in
            if case .set(let box) = property.property { return cost + box.set.cost }
            return cost + 8
        }
    }

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return low & (1 << UInt64(scalar)) != 0 }
        if scalar < 128 { return high & (1 << UInt64(scalar - 64)) != 0 }
        return containsWide(scalar)
    }

    private func containsWide(_ scalar: UInt32) -> Bool {
        for range in ranges where range.contains(scalar) { return !isNegated }
        for (property, isNegated) in properties where property.contains(scalar) != isNegated { return !self.isNegated }
        return isNegated
    }
}

/// A boxed set, nested in another.
final class ScalarSetBox: Sendable {
    let set: ScalarSet
    init(_ set: ScalarSet) { self.set = set }
}
