import Testing

@testable import Mappings

/// Dates of senders: no day and no hour is moved in silence.
@Suite struct DateTests {
    private func read(_ date: String, _ text: String) -> String {
        Mapping(field: "path: .x\ndate: \(date)").field(#"{"x":"\#(text)"}"#)
    }

    @Test(
        "a pattern without a time keeps its day, whatever the offset",
        arguments: [
            ("yyyy-MM-ddXXX", "2021-03-01+02:00", #""2021-03-01""#),
            ("yyyy-MM-ddXXX", "2021-03-01-11:00", #""2021-03-01""#),
            ("yyyy-MM-ddXXX", "2021-03-01Z", #""2021-03-01""#),
            ("{ pattern: yyyy-MM-ddXXX, zone: Asia/Tokyo }", "2021-03-01+14:00", #""2021-03-01""#),
            ("{ pattern: yyyy-MM-dd, zone: Asia/Tokyo }", "2021-03-01", #""2021-03-01""#),
            ("yyyy-MM-dd HHXXX", "2021-03-01 00+02:00", #""2021-02-28T22:00:00Z""#),
        ])
    func days(date: String, text: String, expected: String) { #expect(read(date, text) == expected) }

    @Test(
        "a year of two digits is one of the hundred from the pivot on",
        arguments: [
            ("dd-MM-yy", "16-07-68", "2068"), ("{ pattern: dd-MM-yy, pivot: 1930 }", "16-07-68", "1968"),
            ("{ pattern: dd-MM-yy, pivot: 1930 }", "16-07-29", "2029"),
            ("{ pattern: dd-MM-yy, pivot: 1930 }", "16-07-30", "1930"),
            ("{ pattern: dd-MM-yy, pivot: 1999 }", "16-07-99", "1999"),
            ("{ pattern: dd-MM-yy, pivot: 1999 }", "16-07-98", "2098"),
            ("{ pattern: dd-MM-yy, pivot: 1900 }", "16-07-00", "1900"),
        ])
    func pivot(date: String, text: String, year: String) { #expect(read(date, text) == "\"\(year)-07-16\"") }

    @Test(
        "patterns that mean something else than they seem to are refused",
        arguments: [
            ("yyyy-MM-dd'T'HH:mm:ssZ", "'Z' could be a letter or an offset; write XXX"),
            ("dd/MM/yyyy HH:MM", "the pattern has the month (MM) more than once; MM is the month, and mm the minute"),
            ("dd/MM/yyyy mm:ss", "the pattern has the minute (mm) without the hour (HH)"),
            ("dd/MM/yyyy HH:ss", "the pattern has the second (ss) without the minute (mm)"),
            ("dd/MM/yyyy kk:mm", "'kk' is not part of a date pattern"),
            ("yyyy-mm-dd", "a date pattern needs year, month and day"),
            ("dd/MM/yyyy yy", "the year (yyyy) more than once"),
        ])
    func refused(pattern: String, message: String) {
        for step in ["date", "format"] {
            let mapping = Mapping(field: "path: .x\n\(step): \"\(pattern)\"")
            #expect(mapping.table == nil)
            #expect(mapping.mistakes.first?.message.contains(message) == true, "\(mapping.shown)")
        }
    }

    @Test(
        "hints where a part of a pattern or of its options does nothing",
        arguments: [
            ("date: dd-MM-yy", ["pivot"]), ("date: { pattern: [yyyyMMdd, dd-MM-yy] }", ["pivot"]),
            ("date: { pattern: dd-MM-yy, pivot: 1930 }", []), ("date: { pattern: dd-MM-yyyy, pivot: 1930 }", ["pivot"]),
            ("date: yyyy-MM-ddXXX", ["zone"]), ("date: { pattern: yyyy-MM-dd, zone: Asia/Tokyo }", ["zone"]),
            ("date: { pattern: \"yyyy-MM-dd'T'HH:mm:ss'Z'\", zone: Asia/Tokyo }", ["zone"]),
            ("date: \"yyyy-MM-dd'T'HH:mm:ss'Z'\"", []),
            ("date: { pattern: \"yyyy-MM-dd HH:mmXXX\", zone: Asia/Tokyo }", ["zone"]),
            ("format: { pattern: \"yyyy-MM-dd HH:mmXXX\", zone: Asia/Tokyo }", []), ("format: yy-MM-dd", []),
        ])
    func hints(step: String, rules: [String]) {
        let mapping = Mapping(field: "path: .x\n\(step)")
        #expect(mapping.table != nil, "\(mapping.shown)")
        #expect(mapping.mistakes.map(\.rule) == rules, "\(mapping.shown)")
    }

    @Test(
        "what leaves the years 0000 to 9999 is refused as it was written",
        arguments: [
            ("America/Argentina/Buenos_Aires", "9999-12-31 23:59:59"), ("Asia/Tokyo", "0000-01-01 00:00:00"),
        ])
    func beyond(zone: String, text: String) {
        let found = read("{ pattern: \"yyyy-MM-dd HH:mm:ss\", zone: \(zone) }", text)
        #expect(found.contains("of the years 0000 to 9999 in UTC, found the string \"\(text)\""), "\(found)")
        #expect(read("{ pattern: \"yyyy-MM-dd HH:mm:ss\" }", text) == "\"\(text.replacing(" ", with: "T"))Z\"")
    }

    @Test(
        "of several forms the first that gives a date counts",
        arguments: [
            ("[epochSeconds, epochMilliseconds]", "1615905180000", "2021-03-16T14:33:00Z"),
            ("[epochSeconds, epochMilliseconds]", "1615905180", "2021-03-16T14:33:00Z"),
            ("[yyyyMMdd, yyyy-MM-dd]", "\"2021-03-16\"", "2021-03-16"),
        ])
    func forms(forms: String, value: String, expected: String) {
        #expect(Mapping(field: "path: .x\ndate: \(forms)").field("{\"x\":\(value)}") == "\"\(expected)\"")
    }
}
