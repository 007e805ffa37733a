import Testing

@testable import Mappings

/// Numbers as text: one number is one text, however its sender writes it.
@Suite struct NumberTextTests {
    private static let fifteen = ["15", "15.0", "1.5E1", "1.5e+1", "150E-1", "0.15e2", "15.000000000000000000000000"]

    @Test(
        "a whole number is its digits, wherever it becomes text",
        arguments: [
            ("path: .x\ntext: true", #""15""#), ("path: .x\ntext: true\npad: { length: 4, with: \"0\" }", #""0015""#),
            ("concat: [a, .x]", #""a15""#), ("path: .l\njoin: \"-\"", #""15-15""#),
            ("path: .x\ntable: { 15: fifteen }", #""fifteen""#),
            ("choose:\n  - when: { path: .x, equals: \"15\" }\n    then: yes", #""yes""#),
            ("choose:\n  - when: { path: .x, startsWith: \"15\" }\n    then: yes", #""yes""#),
            ("choose:\n  - when: { path: .x, equals: 15 }\n    then: yes", #""yes""#),
        ])
    func whole(field: String, expected: String) {
        let mapping = Mapping(field: field)
        for number in Self.fifteen {
            #expect(mapping.field(#"{"x":\#(number),"l":[\#(number),\#(number)]}"#) == expected, "\(number)")
        }
    }

    @Test(
        "a number that begins with 0 has no thousands: its separator begins a fraction in another style",
        arguments: [
            ("1.234,50", "0.500"), ("1.234,50", "-0.500"), ("1.234,50", "000.500"), ("1.234,50", "0.123.456,7"),
            ("1.234,50", "00.123,5"), ("1,234.50", "0,123"), ("1,234.50", "00,123.5"), ("1 234,50", "0 123,5"),
        ])
    func groupedZeros(sample: String, text: String) {
        let mapping = Mapping(field: "path: .x\ndecimal: \"\(sample)\"")
        let found = mapping.field(#"{"x":"\#(text)"}"#)
        #expect(found.contains("expected a number written like"), "\(found)")
    }

    @Test(
        "signs, zeros and long numbers",
        arguments: [
            ("-0", #""0""#), ("-0.0", #""0""#), ("0e999999999", #""0""#), ("-15.0", #""-15""#), ("1E3", #""1000""#),
            ("788032119674292922", #""788032119674292922""#),
            (
                "12345678901234567890123456789012345678901234567890",
                #""12345678901234567890123456789012345678901234567890""#
            ),
            ("1234567890123456789012345678901234567890.0", #""1234567890123456789012345678901234567890""#),
        ])
    func ends(number: String, expected: String) {
        #expect(Mapping(field: "path: .x\ntext: true").field(#"{"x":\#(number)}"#) == expected)
    }

    @Test("a number that is not whole has many texts", arguments: ["15.5", "12.50", "1E-1", "1e65", "1e1000000000"])
    func fraction(number: String) {
        let found = Mapping(field: "path: .x\ntext: true").field(#"{"x":\#(number)}"#)
        #expect(
            found.contains("expected text, or a whole number of at most 64 digits, found the number \(number)"),
            "\(found)")
    }

    @Test func `a company given as a number becomes its digits`() {
        let mapping = Mapping(
            message: "companyId: $.c\ncatalog: $.k\nitems: $.i[*]\noperation: .operation\nkeep: all".replacing(
                "catalog: $.k\n", with: ""))
        for number in Self.fifteen {
            #expect(mapping.map(#"{"c":\#(number),"i":[]}"#) == "as they are: 15 catalogItem", "\(mapping.shown)")
        }
    }

    @Test(
        "spaces group thousands alike, and so do apostrophes",
        arguments: [
            ("1 234,50", ["1 234,50", "1\u{A0}234,50", "1\u{202F}234,50", "1\u{2009}234,50", "1\u{2007}234,50"]),
            ("1\u{A0}234,50", ["1 234,50", "1\u{202F}234,50"]), ("1'234.50", ["1'234.50", "1\u{2019}234.50"]),
            ("1\u{2019}234.50", ["1'234.50"]),
        ])
    func alike(sample: String, texts: [String]) {
        let mapping = Mapping(field: "path: .x\ndecimal: \"\(sample)\"")
        for text in texts { #expect(mapping.field(#"{"x":"\#(text)"}"#) == "1234.50", "\(mapping.shown)") }
    }

    @Test func `a character that looks like the expected one is shown with its code point`() {
        let found = Mapping(field: "path: .x\ndecimal: \"1.234,50\"").field(#"{"x":"1\#u{202F}234,50"}"#)
        #expect(found.contains("(with U+202F)"), "\(found)")
        #expect(!Mapping(field: "path: .x\ndecimal: \"1.234,50\"").field(#"{"x":"año"}"#).contains("U+"))
    }

    @Test(
        "a sample that could mean two numbers is refused, and its neighbours are not",
        arguments: [
            ("1.234", false), ("1,234", false), ("-12.345", false), ("123.456", false), ("1234", false),
            ("1.23.4,50", false), ("1.234,50", true), ("1234.567", true), ("0.123", true), ("1.5", true),
            ("1.2345", true),
            ("1,234.567", true), ("12.50", true),
        ])
    func sample(sample: String, isTaken: Bool) {
        let mapping = Mapping(field: "path: .x\ndecimal: \"\(sample)\"")
        #expect(mapping.mistakes.isEmpty == isTaken, "\(mapping.shown)")
        if sample == "1.234" {
            #expect(
                mapping.mistakes.first?.message
                    == "f, decimal: '1.234' could mean 1234 or a fraction of three digits; write \"1.234,50\" if '.' groups thousands, or \"1.50\" if it begins the fraction"
            )
        }
    }
}
