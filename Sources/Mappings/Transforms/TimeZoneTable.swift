internal import Foundation
internal import Synchronization

/// The offsets of one time zone, as a table: what Foundation knows, read once.
struct TimeZoneTable: Sendable, Equatable {
    /// Seconds since 1970 from which on an offset (seconds east of UTC) is in force, ascending.
    private let starts: [Int64]
    private let offsets: [Int]

    static let utc = TimeZoneTable(starts: [.min], offsets: [0])

    private static let known = Mutex<[String: TimeZoneTable]>([:])

    /// Nil where there is no zone of that name.
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

    /// From 1900 to 2100, looking once a week; no offset was ever in force for less.
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

    /// Seconds east of UTC at that second since 1970.
    func offset(at second: Int64) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle } else { high = middle }
        }
        return offsets[low]
    }

    /// The second since 1970 at which clocks there showed this local second. Where they showed it twice, the first time;
    /// where never, as much later as the clocks were put forward.
    func second(ofLocal local: Int64) -> Int64 {
        let early = local - Int64(offset(at: local - 86_400))
        if early + Int64(offset(at: early)) == local { return early }
        let late = local - Int64(offset(at: local + 86_400))
        return late + Int64(offset(at: late)) == local ? late : early
    }

    /// The same, but where clocks never showed it, the moment at which they were put forward.
    func firstSecond(showing local: Int64) -> Int64 {
        let second = second(ofLocal: local)
        if second + Int64(offset(at: second)) == local { return second }
        return change(after: local - Int64(offset(at: local + 86_400))) ?? second
    }

    /// The first moment after this one at which the offset becomes another.
    func change(after second: Int64) -> Int64? {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low < starts.count ? starts[low] : nil
    }
}
