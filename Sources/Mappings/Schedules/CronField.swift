/// A field of a cron expression: bounds, names and parser.
struct CronField {
    let name: String
    let range: ClosedRange<Int>
    /// The first name denotes the lowest value.
    var words: [String] = []

    static let second = CronField(name: "second", range: 0...59)
    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let day = CronField(name: "day of the month", range: 1...31)
    static let month = CronField(
        name: "month", range: 1...12,
        words: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
    /// 0 and 7 are Sunday.
    static let weekday = CronField(
        name: "day of the week", range: 0...7, words: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])

    /// Parses a list of `*`, values, ranges, each with an optional step.
    func read(_ text: String) throws(ScheduleError) -> UInt64 {
        var bits: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            let values = try self.values(pieces[0], in: part, hasStep: pieces.count > 1)
            var step = 1
            if pieces.count > 1 {
                guard pieces.count == 2, let every = Int(pieces[1]), (1...range.upperBound).contains(every) else {
                    throw wrong(part, "a step is '/' and a number from 1 to \(range.upperBound), such as */5")
                }
                step = every
            }
            for value in stride(from: values.lowerBound, through: values.upperBound, by: step) { bits |= 1 << value }
        }
        return bits
    }

    private func values(
        _ text: Substring, in part: Substring, hasStep: Bool
    ) throws(ScheduleError) -> ClosedRange<Int> {
        // Day of week 7 is the same as 0.
        let highest = words.first == "SUN" ? 6 : range.upperBound
        if text == "*" { return range.lowerBound...highest }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = value(ends[0]) else { throw wrong(part, expected) }
        guard ends.count == 2 else { return first...(hasStep ? max(first, highest) : first) }
        guard var last = value(ends[1]) else { throw wrong(part, expected) }
        if last == 0, words.first == "SUN" { last = 7 }
        guard first <= last else {
            throw wrong(
                part, "a range begins with the lower value; write \(first)-\(highest),\(range.lowerBound)-\(last)")
        }
        return first...last
    }

    func value(_ text: Substring) -> Int? {
        if let place = words.firstIndex(of: text.uppercased()) { return place + range.lowerBound }
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), range.contains(number) else {
            return nil
        }
        return number
    }

    private var expected: String {
        let names = words.isEmpty ? "" : " or \(words[0]) to \(words[words.count - 1])"
        return "expected \(range.lowerBound) to \(range.upperBound)\(names), *, a range, a list or a step"
    }

    private func wrong(_ part: Substring, _ what: String) -> ScheduleError {
        ScheduleError("\(name): '\(part.prefix(40))': \(what)")
    }
}
