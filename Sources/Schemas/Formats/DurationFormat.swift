/// Validates durations of RFC 3339, appendix A: `P4DT12H30M5S`, or weeks alone.
enum DurationFormat {
    static func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.first == UInt8(ascii: "P") else { return false }
        let parts = text[1...].split(separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            let isDateFine = parts[0].isEmpty || isSequence(parts[0], of: "YMD")
            return isDateFine && isSequence(parts[1], of: "HMS")
        }
        return isSequence(parts[0], of: "YMD") || isSequence(parts[0], of: "W")
    }

    /// One or more numbers with units that are adjacent in the list of units.
    private static func isSequence(_ text: Slice<UnsafeBufferPointer<UInt8>>, of units: StaticString) -> Bool {
        var rest = text
        var last = -1
        guard !rest.isEmpty else { return false }
        while !rest.isEmpty {
            let digits = rest.prefix { ASCII.isDigit($0) }
            guard !digits.isEmpty, let unit = rest.dropFirst(digits.count).first else { return false }
            let position = (0..<units.utf8CodeUnitCount).first { units.utf8Start[$0] == unit }
            // The grammar allows no gap: years and days need months in between.
            guard let position, last < 0 || position == last + 1 else { return false }
            last = position
            rest = rest.dropFirst(digits.count + 1)
        }
        return true
    }
}
