/// Order of versions of a record: numbers by value, dates by time, also dates given as text with any offset, and texts
/// of digits by value.
///
/// Other texts are compared byte by byte if they have the same length. Texts of different lengths (`A9` and `A10`) and
/// values of different kinds cannot be compared.
enum VersionOrder {
    /// Whether `a` is less than `b`; nil if they cannot be compared.
    static func isLess(_ a: BSONElement, _ b: BSONElement) -> Bool? {
        if let x = a.string, let y = b.string { return isLess(x, y) }
        guard (a.date != nil && b.date != nil) || BSONOrder.areNumbers(a, b) else { return nil }
        return BSONOrder.isLess(a, b)
    }

    private static func isLess(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool? {
        let (x, y) = (Instant.milliseconds(iso8601: a), Instant.milliseconds(iso8601: b))
        if let x, let y { return x == y ? isLess(fraction(of: a), fraction(of: b)) : x < y }
        if x != nil || y != nil { return nil }
        if let x = digits(of: a), let y = digits(of: b) {
            return x.count == y.count ? x.lexicographicallyPrecedes(y) : x.count < y.count
        }
        return a.count == b.count ? a.lexicographicallyPrecedes(b) : nil
    }

    private static func isLess(_ a: Slice<UnsafeBufferPointer<UInt8>>, _ b: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        // `.12` is `.120`: a missing digit is the least one.
        for (x, y) in zip(a, b) where x != y { return x < y }
        return a.count < b.count && b.dropFirst(a.count).contains { $0 != UInt8(ascii: "0") }
    }

    /// Digits of a date's fraction of a second, which may be finer than milliseconds.
    private static func fraction(of date: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
        guard let point = date.firstIndex(of: UInt8(ascii: ".")) else { return date[0..<0] }
        return date[(point + 1)...].prefix(while: isDigit)
    }

    /// Without leading zeros; nil if there is anything but digits.
    private static func digits(of text: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>>? {
        guard !text.isEmpty, text.allSatisfy(isDigit) else { return nil }
        return text.drop { $0 == UInt8(ascii: "0") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
