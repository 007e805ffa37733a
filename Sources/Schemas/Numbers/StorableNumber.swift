import JSON

/// Whether the store can hold a number exactly as written.
enum StorableNumber {
    /// Range of the decimal exponent of a number's first digit: that of a double, so that every reader copes.
    static let decimalExponents = -308...308
    static let decimalDigits = 34

    static func isLong(_ node: JSONNode) -> Bool {
        if node.isPlainInteger, node.utf8.count <= 18 { return true }
        return node.number?.int64 != nil
    }

    static func isDouble(_ node: JSONNode) -> Bool {
        if let small = SmallDecimal(node.utf8), small.magnitude < 1_000_000_000_000_000, small.exponent.magnitude < 290
        {
            // A double distinguishes all numbers of up to 15 digits.
            return true
        }
        return node.number?.exactDouble != nil
    }

    static func isDecimal(_ node: JSONNode) -> Bool {
        let text = node.utf8
        // This short and without an exponent, the value always fits.
        if text.count <= decimalDigits, !text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) { return true }
        guard let number = node.number else { return false }
        return number.digits.count <= decimalDigits
            && decimalExponents.contains(number.exponent + max(number.digits.count - 1, 0))
    }
}
