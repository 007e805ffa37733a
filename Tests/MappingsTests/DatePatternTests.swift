import BSON
import Testing

@testable import Mappings

/// Date patterns: what is written, what is read, and that the one undoes the other.
@Suite struct DatePatternTests {
    private static func moment(_ text: String) -> Int64 {
        var text = text
        return text.withUTF8 { Instant.milliseconds(iso8601: $0) } ?? .min
    }

    private static func read(
        _ pattern: String, _ text: String, zone: String = "UTC", pivot: Int = 2000
    ) throws -> DatePattern.Reading {
        let zone = try #require(TimeZoneTable.named(zone))
        let pattern = try DatePattern(pattern, pivot: pivot)
        return Array(text.utf8).withUnsafeBufferPointer { pattern.read($0, zone: zone) }
    }

    private static func write(_ pattern: String, _ text: String, zone: String = "UTC") throws -> String {
        let zone = try #require(TimeZoneTable.named(zone))
        let bytes = try DatePattern(pattern).write(moment(text), zone: zone, isDay: text.count == 10)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "what is written",
        arguments: [
            (
                "EEE MMM dd yyyy HH:mm:ss 'GMT'xx '(Coordinated Universal Time)'", "2024-02-02T20:55:23Z", "UTC",
                "Fri Feb 02 2024 20:55:23 GMT+0000 (Coordinated Universal Time)"
            ),
            ("EEE, dd MMM yyyy HH:mm:ss 'GMT'", "1994-11-06T08:49:37Z", "UTC", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("EEEE d MMMM yyyy", "2024-02-29T00:00:00Z", "UTC", "Thursday 29 February 2024"),
            ("yyyy-MM-dd hh:mm a", "2024-01-01T00:05:00Z", "UTC", "2024-01-01 12:05 AM"),
            ("yyyy-MM-dd h:mm a", "2024-01-01T12:05:00Z", "UTC", "2024-01-01 12:05 PM"),
            ("yyyy-MM-dd h:mm a", "2024-01-01T23:05:00Z", "UTC", "2024-01-01 11:05 PM"),
            ("yyyy-DDD", "2024-12-31T00:00:00Z", "UTC", "2024-366"),
            ("yyyy/D", "2023-02-01T00:00:00Z", "UTC", "2023/32"),
            ("yyyy-MM-dd HHX", "2024-01-01T12:00:00Z", "UTC", "2024-01-01 12Z"),
            ("yyyy-MM-dd HHX", "2024-01-01T12:00:00Z", "America/Argentina/Buenos_Aires", "2024-01-01 09-03"),
            ("yyyy-MM-dd HH:mmX", "2024-01-01T12:00:00Z", "Asia/Kathmandu", "2024-01-01 17:45+0545"),
            ("yyyy-MM-dd HH:mmXX", "2024-01-01T12:00:00Z", "Asia/Kathmandu", "2024-01-01 17:45+0545"),
            ("yyyy-MM-dd HH:mmXXX", "2024-01-01T12:00:00Z", "Asia/Kathmandu", "2024-01-01 17:45+05:45"),
            ("yyyy-MM-dd HH:mmx", "2024-01-01T12:00:00Z", "UTC", "2024-01-01 12:00+00"),
            ("yyyy-MM-dd HH:mmxx", "2024-01-01T12:00:00Z", "America/St_Johns", "2024-01-01 08:30-0330"),
            ("yyyy-MM-dd HH:mmxxx", "2024-01-01T12:00:00Z", "UTC", "2024-01-01 12:00+00:00"),
            ("dd/MM/yyyy[ HH:mm[:ss]]", "2024-01-01T12:00:00Z", "UTC", "01/01/2024 12:00:00"),
            ("dd/MM/yyyy[ HH:mm[:ss]]", "2024-01-01", "UTC", "01/01/2024"),
            ("[EEE ]dd/MM/yyyy[ XXX]", "2024-01-01", "UTC", "Mon 01/01/2024"),
            ("yyyy-MM-dd''HH 'o''clock'", "2024-01-01T12:00:00Z", "UTC", "2024-01-01'12 o'clock"),
            ("yyyy-MM-dd '[x]'", "2024-01-01", "UTC", "2024-01-01 [x]"),
        ] as [(String, String, String, String)])
    func written(pattern: String, date: String, zone: String, expected: String) throws {
        #expect(try Self.write(pattern, date, zone: zone) == expected)
    }

    @Test(
        "what is read",
        arguments: [
            (
                "EEE MMM dd yyyy HH:mm:ss 'GMT'xx '(Coordinated Universal Time)'",
                "Fri Feb 02 2024 20:55:23 GMT+0000 (Coordinated Universal Time)", "2024-02-02T20:55:23Z"
            ),
            ("EEE, dd MMM yyyy HH:mm:ss 'GMT'", "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("[EEE, ]d MMM yyyy HH:mm[:ss] xx", "Mon, 1 Jan 2024 08:49:37 -0330", "2024-01-01T12:19:37Z"),
            ("[EEE, ]d MMM yyyy HH:mm[:ss] xx", "01 jan 2024 08:49 +0100", "2024-01-01T07:49:00Z"),
            ("dd/MMM/yyyy:HH:mm:ss xx", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
            ("MMMM d, yyyy h:mm a", "december 31, 2023 12:01 am", "2023-12-31T00:01:00Z"),
            ("MMMM d, yyyy h:mm a", "May 3, 2023 12:01 PM", "2023-05-03T12:01:00Z"),
            ("yyyy-MM-dd HH:mm a", "2023-05-03 13:01 PM", "2023-05-03T13:01:00Z"),
            ("yyyyDDD", "2024060", "2024-02-29"), ("yyDDD", "24366", "2024-12-31"),
            ("yyyyMMddDDD", "20240229060", "2024-02-29"), ("yyyy-D", "2023-365", "2023-12-31"),
            ("dMMyyyy", "1032024", "2024-03-01"), ("dMMyyyy", "11032024", "2024-03-11"),
            ("yyyyMMdd Hmm", "20240301 915", "2024-03-01T09:15:00Z"),
            ("yyyyMMdd Hmm", "20240301 1915", "2024-03-01T19:15:00Z"),
            ("yyyy-MM-dd['T'HH:mm[:ss[.SSS]]][XXX]", "2024-03-01", "2024-03-01"),
            ("yyyy-MM-dd['T'HH:mm[:ss[.SSS]]][XXX]", "2024-03-01+02:00", "2024-03-01"),
            ("yyyy-MM-dd['T'HH:mm[:ss[.SSS]]][XXX]", "2024-03-01T10:00+0200", "2024-03-01T08:00:00Z"),
            ("yyyy-MM-dd['T'HH:mm[:ss[.SSS]]][XXX]", "2024-03-01T10:00:01.5+02", nil),
            ("yyyy-MM-dd['T'HH:mm[:ss[.SSS]]][XXX]", "2024-03-01T10:00:01.500Z", "2024-03-01T10:00:01.500Z"),
            ("yyyy-MM-dd HH:mm:ss", "2016-12-31 23:59:60", "2017-01-01T00:00:00Z"),
            // No leap second.
            ("yyyy-MM-dd HH:mm:ss", "2016-12-31 22:59:60", nil),
            ("yyyyDDD", "2023366", nil), ("yyyyDDD", "2023000", nil), ("yyyy-DDD", "2023-12", nil),
            ("yyyy-MM-dd h a", "2023-01-01 0 AM", nil), ("yyyy-MM-dd h a", "2023-01-01 13 PM", nil),
            ("yyyy-MM-dd h a", "2023-01-01 1 XM", nil), ("d MMM yyyy", "1 Janu 2024", nil),
            ("d MMMM yyyy", "1 Jan 2024", nil), ("d MMM yyyy", "1 Ene 2024", nil), ("d/M/yyyy", "001/1/2024", nil),
            ("yyyy-MM-dd HHxx", "2024-01-01 10Z", nil), ("yyyy-MM-dd HHXXX", "2024-01-01 10+02:", nil),
            ("yyyy-MM-dd[ HH:mm]", "2024-01-01 ", nil), ("yyyy-MM-dd", "2023-02-29", nil),
        ] as [(String, String, String?)])
    func isRead(pattern: String, text: String, expected: String?) throws {
        let hasTime = (expected?.count ?? 0) > 10
        #expect(
            try Self.read(pattern, text) == (expected.map { .moment(Self.moment($0), hasTime: hasTime) } ?? .other))
    }

    @Test(
        "parts that contradict each other are refused, and not one of them taken",
        arguments: [
            ("EEE dd/MM/yyyy", "Mon 06/02/2024", "it says Monday, and that day is a Tuesday"),
            ("EEEE, d MMMM yyyy", "Sunday, 29 February 2024", "it says Sunday, and that day is a Thursday"),
            ("yyyy-MM-dd HH:mm a", "2024-01-01 13:00 AM", "it says AM, and the hour is 13 of 24"),
            ("yyyy-MM-dd HH:mm a", "2024-01-01 00:00 PM", "it says PM, and the hour is 0 of 24"),
            ("yyyy-MM-dd DDD", "2024-03-01 060", "it says day 60 of the year, and that day is number 61"),
            ("yyyy-MM-dd[ H][ D]", "2024-01-05 5", "it can be read in two ways"),
        ])
    func contradictions(pattern: String, text: String, why: String) throws {
        #expect(try Self.read(pattern, text) == .contradiction(why))
        let found = Mapping(field: "path: .x\ndate: \"\(pattern)\"").field(#"{"x":"\#(text)"}"#)
        #expect(found.contains("whose parts agree") && found.contains(why), "\(found)")
    }

    @Test("of several patterns, the one whose day agrees counts")
    func agreement() {
        let mapping = Mapping(field: "path: .x\ndate: [EEE dd/MM/yyyy, EEE MM/dd/yyyy]")
        #expect(mapping.field(#"{"x":"Fri 02/02/2024"}"#) == #""2024-02-02""#)
        #expect(mapping.field(#"{"x":"Tue 06/02/2024"}"#) == #""2024-02-06""#)
        #expect(mapping.field(#"{"x":"Sun 06/02/2024"}"#) == #""2024-06-02""#)
    }

    @Test(
        "patterns that mean nothing, or more than one thing, are refused when they are compiled",
        arguments: [
            ("yyyy-MM-dd hh:mm", "the hour (hh) of 1 to 12 without AM or PM (a)"),
            ("yyyy-MM-dd hh:mm[ a]", "the hour (hh) of 1 to 12 without AM or PM (a)"),
            ("yyyy-MM-dd a", "AM or PM (a) without the hour (hh)"),
            ("yyyy-MM-dd HH hh a", "the hour (HH) more than once"),
            ("MMM MM dd yyyy", "the month (MM) more than once"), ("dd MMM", "needs year, month and day"),
            ("yyyy DDD dd", "needs year, month and day"), ("DDD", "needs year, month and day"),
            ("yyyy-MM[-dd]", "needs year, month and day"),
            ("yyyy-MM-dd[ HH][ mm]", "the minute (mm) without the hour (HH)"),
            ("yyyy-MM-dd HH[:mm][:ss]", "the second (ss) without the minute (mm)"),
            ("dMyyyy", "where the day (dd) ends and the month (MM) begins"),
            ("dMMHyyyy", "where the day (dd) ends and the hour (HH) begins"),
            ("d[M]MMyyyy", "the month (MM) more than once"), ("HHXXXyyyy-MM-dd", "where the offset ends"),
            ("HHXXX'1'yyyy-MM-dd", "where the offset ends"), ("yyyy-MM-dd HHxxX", "the offset (XXX) more than once"),
            ("yyyy-MM-dd[ HH", "is not closed"), ("yyyy-MM-dd] HH", "closes no optional part"),
            ("yyyy-MM-dd[]", "are empty"), ("yyyy-MM-dd 'x", "a quote in the pattern is not closed"),
            ("yyyy-MM-dd EE", "'EE' is not part"), ("yyyy-MM-dd aa", "'aa' is not part"),
            ("yyyy-DD", "'DD' is not part"),
            ("yyyy-MM-dd XXXX", "'XXXX' is not part"), ("yyyy-MM-dd z", "'z' is not part"),
            ("yyyy-MM-dd HH:mm Z", "xx for one such as -0300"),
            ("yyyy-MM-dd[1][2][3][4][5][6][7]", "too many optional parts"),
        ])
    func refused(pattern: String, message: String) {
        for step in ["date", "format"] {
            let mapping = Mapping(field: "path: .x\n\(step): \"\(pattern)\"")
            #expect(mapping.table == nil)
            #expect(mapping.mistakes.first?.message.contains(message) == true, "\(mapping.shown)")
        }
    }

    @Test("a pattern that says UTC goes with no other zone")
    func saysUTC() {
        for pattern in [
            "yyyy-MM-dd HH:mm 'GMT'", "yyyy-MM-dd HH:mm 'UTC'", "yyyy-MM-dd HH:mm xx '(Coordinated Universal Time)'",
        ] {
            let step = "format: { pattern: \"\(pattern)\", zone: Europe/Madrid }"
            #expect(Mapping(field: "path: .x\n\(step)").mistakes.map(\.rule) == ["zone"], "\(pattern)")
        }
        let step = "format: { pattern: \"yyyy-MM-dd HH:mm 'GMT'xx\", zone: Europe/Madrid }"
        #expect(Mapping(field: "path: .x\n\(step)").mistakes.isEmpty)
    }

    @Test(
        "what a pattern cannot show exactly is refused",
        arguments: [
            ("yyyy-MM-dd HH:mm", "9999-12-31T23:00:00Z", "Asia/Tokyo", "of the years 0000 to 9999"),
            ("yyyy-MM-dd HH:mm", "0000-01-01T00:00:00Z", "America/New_York", "of the years 0000 to 9999"),
            ("yyyy-MM-dd HH:mm XXX", "1850-01-01T00:00:00Z", "America/Argentina/Buenos_Aires", "has seconds"),
        ])
    func inexact(pattern: String, date: String, zone: String, why: String) {
        let mapping = Mapping(field: "path: .x\nformat: { pattern: \"\(pattern)\", zone: \(zone) }")
        let found = mapping.field(#"{"x":"\#(date)"}"#)
        #expect(found.contains(why), "\(found)")
    }

    // MARK: Round trips

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// A pattern that shows every millisecond of a date and its offset, in any order of its parts.
    private static func pattern(_ random: inout Random) -> String {
        func one(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
        var parts = [one(["yyyy", "yyyy"])]
        parts += one(["DDD", "D", "d M", "dd-MM", "d MMM", "MMMM dd", "dd MM DDD"]).split(separator: " ").map(
            String.init)
        parts += [one(["HH", "H", "hh a", "h 'x' a", "HH a"]), one(["mm", "m"]), one(["ss", "s"])]
        parts += [one(["SSS", "SSSSSS"]), one(["X", "XX", "XXX", "x", "xx", "xxx"])]
        if Bool.random(using: &random) { parts.append(one(["EEE", "EEEE", "'quoted'", "''", "é"])) }
        parts.shuffle(using: &random)
        let joined = parts.joined(separator: one([" ", "/", ", ", "'T'", " '0' "]))
        return Bool.random(using: &random) ? joined : "[\(one(["'at '", "(", "EEE"]))]" + joined
    }

    @Test("what is written by a pattern is read by it, to the millisecond", arguments: 0..<40)
    func roundTrip(seed: UInt64) throws {
        var random = Random(state: seed)
        let zones = ["UTC", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]
        for _ in 0..<50 {
            let text = Self.pattern(&random)
            guard let pattern = try? DatePattern(text) else { continue }
            for _ in 0..<20 {
                // From 1930 on: before, offsets have seconds.
                let moment = Int64.random(in: -1_262_304_000_000..<4_102_444_800_000, using: &random)
                let zone = try #require(TimeZoneTable.named(zones.randomElement(using: &random) ?? "UTC"))
                guard zone.offset(at: moment.flooringDivision(by: 1000)) % 60 == 0 else { continue }
                let written = try pattern.write(moment, zone: zone, isDay: false)
                let read = written.withUnsafeBufferPointer { pattern.read($0, zone: .utc) }
                #expect(
                    read == .moment(moment, hasTime: true),
                    "\(text): \(Instant.text(milliseconds: moment)) as \(String(decoding: written, as: UTF8.self))")
            }
        }
    }

    @Test("the random patterns are mostly usable ones")
    func usable() {
        var random = Random(state: 7)
        let patterns = (0..<500).map { _ in Self.pattern(&random) }
        #expect(patterns.count { (try? DatePattern($0)) != nil } > 350)
    }

    /// Counted day by day from Monday 1 January 1900, without the calendar's formulas.
    @Test("names, days of the year and hours are right on the days of two centuries")
    func everyDay() throws {
        let pattern = try DatePattern("EEEE MMMM d yyyy DDD H a")
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        let months = [
            ("January", 31), ("February", 28), ("March", 31), ("April", 30), ("May", 31), ("June", 30), ("July", 31),
            ("August", 31), ("September", 30), ("October", 31), ("November", 30), ("December", 31),
        ]
        var (count, moment) = (0, Self.moment("1900-01-01T00:00:00Z"))
        for year in 1900..<2100 {
            let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
            var dayOfYear = 0
            for (name, length) in months {
                for day in 1...(name == "February" && isLeap ? 29 : length) {
                    dayOfYear += 1
                    let hour = count % 24
                    let number = String(1000 + dayOfYear).dropFirst()
                    defer { (count, moment) = (count + 1, moment + 86_400_000) }
                    guard count.isMultiple(of: 13) || [1900, 2000, 2023, 2024].contains(year) else { continue }
                    let expected =
                        "\(days[count % 7]) \(name) \(day) \(year) \(number) \(hour) \(hour < 12 ? "AM" : "PM")"
                    let at = moment + Int64(hour) * 3_600_000
                    let written = try pattern.write(at, zone: .utc, isDay: false)
                    let read = Array(expected.uppercased().utf8).withUnsafeBufferPointer {
                        pattern.read($0, zone: .utc)
                    }
                    let isRight = written == Array(expected.utf8) && read == .moment(at, hasTime: true)
                    if !isRight { Issue.record("\(expected): \(String(decoding: written, as: UTF8.self)), \(read)") }
                }
            }
        }
    }

    @Test("a text that is changed by one character is another date, or none", arguments: 0..<10)
    func changed(seed: UInt64) throws {
        var random = Random(state: seed &+ 1000)
        let pattern = try DatePattern("EEE, dd MMM yyyy HH:mm:ss.SSS xx")
        for _ in 0..<200 {
            let moment = Int64.random(in: 0..<4_102_444_800_000, using: &random)
            var written = try pattern.write(moment, zone: .utc, isDay: false)
            let at = Int.random(in: 0..<written.count, using: &random)
            let before = written[at]
            written[at] = UInt8.random(in: 32...126, using: &random)
            // Names are read in either case, and -0000 is +0000.
            guard written[at] | 0x20 != before | 0x20, ![43, 45].contains(before) else { continue }
            let read = written.withUnsafeBufferPointer { pattern.read($0, zone: .utc) }
            #expect(read != .moment(moment, hasTime: true), "\(String(decoding: written, as: UTF8.self))")
        }
    }
}
