/// What stands behind the `?` of an address, as forms and `URLSearchParams` write it: `a=b&c=d`, a space as `+`, other signs as
/// `%` and two digits.
enum QueryText {
    /// By name; of a name given twice the first. What is no `%` with two digits is taken as it stands.
    static func parse(_ text: some StringProtocol) -> [String: String] {
        var found: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = decoded(parts[0])
            if found[name] == nil { found[name] = parts.count == 2 ? decoded(parts[1]) : "" }
        }
        return found
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let sign = rest.popFirst() {
            switch sign {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let high = digit(rest[rest.startIndex]),
                    let low = digit(rest[rest.startIndex + 1])
                else { fallthrough }
                bytes.append(high << 4 | low)
                rest.removeFirst(2)
            default: bytes.append(sign)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ sign: UInt8) -> UInt8? { Character(UnicodeScalar(sign)).hexDigitValue.map(UInt8.init) }
}
