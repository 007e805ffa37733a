internal import JSON

/// What stands behind the `?` of an address, as forms and `URLSearchParams` write it: `a=b&c=d`, a space as `+`, other signs as
/// `%` and two digits.
enum QueryText {
    /// Values by name; of repeated names the first counts. A malformed `%` escape is kept literally.
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
        let text = text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.bytes(ofCareless: text), as: UTF8.self)
    }
}
