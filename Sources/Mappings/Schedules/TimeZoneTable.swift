internal import Foundation
internal import Synchronization

/// UTC offsets of a time zone, as a table built once from Foundation.
struct TimeZoneTable: Sendable, Equatable {
    /// Start of each offset, in seconds since 1970, ascending. Offsets are in seconds east of UTC.
    private let starts: [Int64]
    private let offsets: [Int]

    static let utc = TimeZoneTable(starts: [.min], offsets: [0])

    private static let known = Mutex<[String: TimeZoneTable]>([:])

    /// Nil for an unknown zone.
    static func named(_ name: String) -> TimeZoneTable? {
        if name == "UTC" || name == "Z" { return utc }
        if let table = known.withLock({ $0[name] }) { return table }
        guard TimeZone.knownTimeZoneIdentifiers.contains(name) || name.hasPrefix("Etc/"),
            let zone = TimeZone(identifier: name)
        else { return nil }
        let table = TimeZoneTable(zone)
        known.withLock { $0[name] = table }
        return table
    }

    static var names: [String] { TimeZone.knownTimeZoneIdentifiers }

    private init(starts: [Int64], offsets: [Int]) {
        self.starts = starts
        self.offsets = offsets
    }

    /// Samples weekly from 1900 to 2100; no offset was ever in force for less than a week.
    private init(_ zone: TimeZone) {
        func offset(_ second: Int64) -> Int {
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(second)))
        }
        let (first, last, step): (Int64, Int64, Int64) = (-2_208_988_800, 4_102_444_800, 7 * 86_400)
        var before = offset(first)
        var starts: [Int64] = [.min]
        var offsets = [before]
        for second in stride(from: first + step, through: last, by: Int64.Stride(step)) {
            let now = offset(second)
            guard now != before else { continue }
            var (low, high) = (second - step, second)
            while high - low > 1 {
                let middle = (low + high) / 2
                if offset(middle) == before { low = middle } else { high = middle }
            }
            starts.append(high)
            offsets.append(now)
            before = now
        }
        (self.starts, self.offsets) = (starts, offsets)
    }

    /// Offset, in seconds east of UTC, at a second since 1970.
    func offset(at second: Int64) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle } else { high = middle }
        }
        return offsets[low]
    }

    /// Converts a local second to seconds since 1970. A repeated local time maps to its first occurrence; a skipped one
    /// is shifted by the length of the gap.
    func second(ofLocal local: Int64) -> Int64 {
        let early = local - Int64(offset(at: local - 86_400))
        if early + Int64(offset(at: early)) == local { return early }
        let late = local - Int64(offset(at: local + 86_400))
        return late + Int64(offset(at: late)) == local ? late : early
    }

    /// As above, but a skipped local time maps to the moment of the change.
    func firstSecond(showing local: Int64) -> Int64 {
        let second = second(ofLocal: local)
        if second + Int64(offset(at: second)) == local { return second }
        return change(after: local - Int64(offset(at: local + 86_400))) ?? second
    }

    /// The first offset change after this moment.
    func change(after second: Int64) -> Int64? {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low < starts.count ? starts[low] : nil
    }
}
