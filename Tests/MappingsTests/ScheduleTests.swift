@testable import Mappings
import BSON
import Testing

/// Intervals and cron expressions, on ordinary days and on those when the clocks change.
@Suite struct ScheduleTests {
    private func moment(_ text: String) -> Int64 {
        var text = text
        return text.withUTF8 { Instant.milliseconds(iso8601: $0) } ?? .min
    }

    /// The next moments, one after another.
    private func due(_ schedule: Schedule, after start: String, count: Int) -> [String] {
        var moments: [String] = []
        var last = moment(start)
        for _ in 0..<count {
            last = schedule.next(after: last)
            moments.append(Instant.text(milliseconds: last))
        }
        return moments
    }

    @Test(
        "an interval is due at its multiples since 1970",
        arguments: [
            ("30m", "2026-05-01T12:00:00Z", ["2026-05-01T12:30:00Z", "2026-05-01T13:00:00Z"]),
            ("30m", "2026-05-01T12:29:59.999Z", ["2026-05-01T12:30:00Z"]),
            ("1s", "2026-05-01T12:00:00.500Z", ["2026-05-01T12:00:01Z", "2026-05-01T12:00:02Z"]),
            ("6h", "2026-05-01T12:00:00Z", ["2026-05-01T18:00:00Z", "2026-05-02T00:00:00Z"]),
            ("1d", "2026-05-01T12:00:00Z", ["2026-05-02T00:00:00Z"]),
            ("10s", "1969-12-31T23:59:55Z", ["1970-01-01T00:00:00Z"]),
            ("500ms", "2026-05-01T12:00:00.100Z", ["2026-05-01T12:00:00.500Z", "2026-05-01T12:00:01Z"]),
            ("1500ms", "2026-05-01T12:00:00Z", ["2026-05-01T12:00:01.500Z", "2026-05-01T12:00:03Z"]),
            ("100ms", "1969-12-31T23:59:59.950Z", ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.100Z"]),
        ])
    func intervals(every: String, start: String, expected: [String]) throws {
        #expect(due(try .parse(every: every), after: start, count: expected.count) == expected)
    }

    @Test(
        "a cron expression is due when all its fields fit",
        arguments: [
            ("0 6 * * *", "2026-05-01T06:00:00Z", ["2026-05-02T06:00:00Z", "2026-05-03T06:00:00Z"]),
            ("0 0 6 * * *", "2026-05-01T05:59:59Z", ["2026-05-01T06:00:00Z"]),
            ("*/20 * * * * *", "2026-05-01T05:59:30Z", ["2026-05-01T05:59:40Z", "2026-05-01T06:00:00Z"]),
            ("5/20 * * * *", "2026-05-01T05:59:30Z", ["2026-05-01T06:05:00Z", "2026-05-01T06:25:00Z"]),
            ("0 8-10/2 * * *", "2026-05-01T00:00:00Z", ["2026-05-01T08:00:00Z", "2026-05-01T10:00:00Z"]),
            ("30 9 * * MON-FRI", "2026-05-01T10:00:00Z", ["2026-05-04T09:30:00Z", "2026-05-05T09:30:00Z"]),
            ("0 0 * * sat-sun", "2026-05-01T00:00:00Z", ["2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z"]),
            ("0 0 * * 7", "2026-05-01T00:00:00Z", ["2026-05-03T00:00:00Z", "2026-05-10T00:00:00Z"]),
            ("0 0 1 JAN,Jul *", "2026-05-01T00:00:00Z", ["2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
            ("0 0 29 2 *", "2026-05-01T00:00:00Z", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
            ("0 0 29 2 *", "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z"]),
            ("0\t6 *  * MON-FRI", "2026-05-01T10:00:00Z", ["2026-05-04T06:00:00Z"]),
            // Cron's old rule: a day of the month or of the week.
            ("0 0 13 * FRI", "2026-05-07T00:00:00Z", ["2026-05-08T00:00:00Z", "2026-05-13T00:00:00Z"]),
            ("@hourly", "2026-05-01T23:30:00Z", ["2026-05-02T00:00:00Z"]),
            ("@monthly", "2026-12-15T00:00:00Z", ["2027-01-01T00:00:00Z"]),
            ("59 59 23 31 12 *", "2026-12-31T23:59:59Z", ["2027-12-31T23:59:59Z"]),
        ])
    func expressions(cron: String, start: String, expected: [String]) throws {
        #expect(due(try .parse(cron: cron), after: start, count: expected.count) == expected)
    }

    @Test("the next times are shown as the zone's clocks show them")
    func shownTimes() throws {
        let start = moment("2026-10-31T12:00:00Z")
        #expect(
            try Schedule.parse(cron: "30 6 * * 2-6", zone: "America/New_York").shownTimes(after: start, count: 3)
                == [
                    "Tue 2026-11-03 06:30:00 -05:00", "Wed 2026-11-04 06:30:00 -05:00",
                    "Thu 2026-11-05 06:30:00 -05:00",
                ])
        #expect(
            try Schedule.parse(cron: "0 0 * * SAT", zone: "Asia/Kathmandu").shownTimes(after: start, count: 1)
                == ["Sat 2026-11-07 00:00:00 +05:45"])
        #expect(try Schedule.parse(every: "30m").shownTimes(after: start, count: 3).isEmpty)
    }

    /// Quartz counts weekdays from 1 for Sunday: `2-6` is Monday to Friday there and Tuesday to Saturday here.
    @Test(
        "what only Quartz knows is refused, and the weekdays are named",
        arguments: [
            "0 0 12 ? * 2-6", "0 0 12 * * ?", "0 12 ? * 2", "0 0 12 15W * *", "0 0 12 LW * *", "0 0 12 L * *",
            "0 0 L * *",
            "0 0 12 L-3 * *", "0 0 12 * * 6L", "0 0 12 * * MON#1", "0 0 12 * * 2#1", "0 0 12 * * 2-6 2026",
            "0 0 12 * * 2-6 *",
        ])
    func quartz(cron: String) throws {
        let error = try #require(throws: ScheduleError.self) { try Schedule.parse(cron: cron) }
        #expect(error.message.contains("2 Tuesday"), "\(error.message)")
    }

    @Test(
        "a skipped time is due after the gap, one that comes twice is due once",
        arguments: [
            // New York, 2026-03-08: 02:00 becomes 03:00.
            (
                "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
                ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]
            ),
            // All the skipped ones at once, and only once.
            (
                "0,20,40 2,3 * * *", "America/New_York", "2026-03-08T06:59:59Z",
                ["2026-03-08T07:00:00Z", "2026-03-08T07:20:00Z", "2026-03-08T07:40:00Z", "2026-03-09T06:00:00Z"]
            ),
            // New York, 2026-11-01: 02:00 becomes 01:00 again.
            (
                "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
                ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
            ),
            // Asked in the second of the two hours.
            ("50 1 * * *", "America/New_York", "2026-11-01T06:10:00Z", ["2026-11-02T06:50:00Z"]),
            ("0 6 * * *", "America/Argentina/Buenos_Aires", "2026-05-01T08:00:00Z", ["2026-05-01T09:00:00Z"]),
            // Santiago puts its clocks forward at midnight: the day begins at one.
            (
                "0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z",
                ["2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"]
            ),
            // Half an hour, on Lord Howe.
            ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", ["2026-10-03T15:30:00Z"]),
        ])
    func clockChanges(cron: String, zone: String, start: String, expected: [String]) throws {
        #expect(due(try .parse(cron: cron, zone: zone), after: start, count: expected.count) == expected)
    }

    @Test("an expression of every hour goes on by elapsed time when the clocks change")
    func everyHour() throws {
        let hourly = try Schedule.parse(cron: "30 * * * *", zone: "America/New_York")
        #expect(
            due(hourly, after: "2026-11-01T05:00:00Z", count: 3)
                == ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"])
        #expect(
            due(hourly, after: "2026-03-08T06:00:00Z", count: 2) == ["2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"])
    }

    @Test("what is due agrees with looking at every minute of two years, in zones of all kinds")
    func againstEveryMinute() throws {
        for zone in ["UTC", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu"] {
            let table = try #require(TimeZoneTable.named(zone))
            let schedule = try Schedule.parse(cron: "7,37 */5 * * 1-5", zone: zone)
            var expected: Set<Int64> = []
            var highest = Int64.min
            // The clocks of two years, minute by minute: the first time that they pass a time that fits.
            for minute in stride(
                from: moment("2026-01-01T00:00:00Z") / 1000, to: moment("2028-01-01T00:00:00Z") / 1000, by: 60)
            {
                let local = minute + Int64(table.offset(at: minute))
                let from = highest == .min ? local : highest + 60
                if local >= from {
                    for passed in stride(from: from, through: local, by: 60) where fits(passed) {
                        expected.insert(minute)
                    }
                    highest = local
                }
            }
            var found: Set<Int64> = []
            var last = moment("2026-01-01T00:00:00Z") - 1
            while true {
                last = schedule.next(after: last)
                guard last < moment("2028-01-01T00:00:00Z") else { break }
                found.insert(last / 1000)
            }
            #expect(found == expected, "\(zone)")
        }
    }

    /// `7,37 */5 * * 1-5`, said in another way.
    private func fits(_ local: Int64) -> Bool {
        let (day, minute) = (local / 86_400, local % 86_400 / 60)
        return [7, 37].contains(minute % 60) && minute / 60 % 5 == 0 && (1...5).contains((day + 4) % 7)
    }

    @Test(
        "a mistake says what to write",
        arguments: [
            ("61 * * * *", "minute: '61': expected 0 to 59"),
            ("* * * *", "expected five fields (minute hour day month weekday)"),
            ("* * * FOO *", "month: 'FOO': expected 1 to 12 or JAN to DEC"),
            ("* 22-2 * * *", "hour: '22-2': a range begins with the lower value; write 22-23,0-2"),
            ("*/0 * * * *", "minute: '*/0': a step is"),
            ("1,,2 * * * *", "minute: '': expected"),
            ("0 0 30 2 *", "no month of '2' has a day '30', so this is never due"),
            ("0 0 31 2,4,6 *", "never due"),
            ("@often", "no schedule is named '@often'; there are @annually"),
            ("+1 * * * *", "minute: '+1'"),
        ])
    func mistakes(cron: String, expected: String) {
        #expect { try Schedule.parse(cron: cron) } throws: {
            ($0 as? ScheduleError)?.message.contains(expected) == true
        }
    }

    @Test(
        "an interval without a unit, of nothing, or of years is a mistake",
        arguments: [
            "30", "0s", "m", "", "400d", "1.5h", "9999999999999999999d", "30 m", "0ms", "99ms", "ms", "500 ms", "500MS",
            "-500ms",
            "31622400001ms", "9223372036854775807ms",
        ])
    func intervalMistakes(text: String) {
        #expect(throws: ScheduleError.self) { try Schedule.parse(every: text) }
    }

    @Test(
        "a duration is a number of milliseconds up to 366 days",
        arguments: [
            ("1ms", 1), ("500ms", 500), ("1s", 1000), ("90m", 5_400_000), ("366d", 31_622_400_000),
            ("31622400000ms", 31_622_400_000),
        ] as [(String, Int64)])
    func durations(text: String, expected: Int64) throws {
        #expect(try Schedule.milliseconds(text) == expected)
    }

    @Test("an interval that is too short is refused at its place, and other durations are as short as they say")
    func shortest() {
        let timer = Mapping("routes:\n  r:\n    from: { timer: { every: 50ms } }\n    message: catalog")
        #expect(timer.shown == ["3:29 schedule: every: expected from 100ms to 366d, found '50ms'"])
        func feed(_ every: String) -> Mapping {
            Mapping(
                """
                routes:
                  r:
                    from:
                      mongodb: { collection: c, every: \(every), jitter: 5ms, progress: { field: at, overlap: 250ms } }
                    message: document
                    to: { amqp: { queue: q } }
                """)
        }
        #expect(feed("99ms").shown == ["4:40 schedule: every: expected from 100ms to 366d, found '99ms'"])
        let feeds = feed("200ms").table?.feeds
        #expect(feeds?.first?.progress == .field("at", overlapMilliseconds: 250))
        #expect(feeds?.first?.jitterMilliseconds == 5)
    }

    @Test("a zone that is not there names the nearest")
    func zones() {
        #expect { try Schedule.parse(cron: "@daily", zone: "America/New_Yrok") } throws: {
            ($0 as? ScheduleError)?.message
                == "no time zone is named 'America/New_Yrok' (did you mean 'America/New_York'?)"
        }
    }

    @Test("moments at the ends of time have a next one")
    func extremes() throws {
        for schedule in [try Schedule.parse(every: "1d"), try .parse(cron: "* * * * * *", zone: "Asia/Tokyo")] {
            _ = schedule.next(after: .min)
            _ = schedule.next(after: .max)
        }
    }
}
