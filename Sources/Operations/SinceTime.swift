internal import BSON

/// The value of `--since`: a moment, or how long ago.
package enum SinceTime {
    /// Milliseconds since 1970; nil where the text is neither a time nor an age. `now`: the same unit.
    package static func milliseconds(_ text: String, now: Int64) -> Int64? {
        if let moment = moment(text) { return moment }
        let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()), count >= 0,
            count < 100_000
        else { return nil }
        return now - count * unit
    }

    /// Milliseconds since 1970; nil where the text is not a time.
    package static func moment(_ text: String) -> Int64? {
        var copy = text
        return copy.withUTF8 { Instant.milliseconds(iso8601: $0) }
    }
}
