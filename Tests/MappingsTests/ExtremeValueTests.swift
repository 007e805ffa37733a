import JSON
import Testing

@testable import Mappings

/// The ends of every type through every step: a value or a fault, and never the end of the process.
@Suite struct ExtremeValueTests {
    static let values = [
        "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "18446744073709551615", "1e1000000000",
        "1e-1000000000", "-1e99999999999999999999", "0e999999999", "-0", "-0.0", "5e-324", "1.7976931348623157e308",
        "99999999999999999999999999999999999999", "-99999999999999999999999999999999999999",
        "340282366920938463463374607431768211456", String(repeating: "9", count: 1000),
        "0." + String(repeating: "0", count: 1000) + "1",
        "253402300800000", "-62135596800000", "-253402300799999", "true", "null", "[]", "{}", "[[[]]]",
        #""""#, #""-9223372036854775808""#, #""9223372036854775808""#, #""1e400""#, #""-""#, #""\u0000""#,
        #""9999-12-31T23:59:60.999999999999999999+23:59""#, #""0000-01-01T00:00:00-23:59""#, #""0000-01-01""#,
        #""99999999999999999999""#, #"" \u00a0 ""#, #""𝔘𝔫𝔦""#, #""İıßﬁ""#, #""a\nb,\"c""#,
    ]

    static let steps = [
        "date: epochMilliseconds", "date: epochSeconds", "date: [yyyy-MM-dd, epochSeconds, dd/MM/yy]",
        "date: { pattern: \"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\", zone: America/Argentina/Buenos_Aires }",
        "date: epochSeconds\nformat: dd/MM/yyyy",
        "date: epochSeconds\nformat: { pattern: \"yy-MM-dd HH:mm:ss.SSSSSSSSS XXX\", zone: Pacific/Kiritimati }",
        "decimal: \"1.234,50\"", "decimal: \"1234.5\"", "integer: true", "round: 0", "round: 34",
        "round: { digits: 34, mode: up }", "round: { digits: 0, mode: halfEven }", "scale: 34", "scale: -34",
        "text: true", "bool: true", "trim: true", "upper: true", "lower: true", "pad: { length: 1000, with: é }",
        "substring: { from: -100000, length: 100000 }", "substring: { from: 100000 }", "split: \",\"", "join: \",\"",
        "each: { path: ., integer: true }", "replace: { from: \"9\", to: \"99\" }", "blank: \"null\"", "default: 1",
        "table: { a: b }", "jq: '.'", "jq: 'tostring'", "jq: '-.'",
    ]

    @Test("every step takes every value", arguments: steps)
    func step(_ step: String) throws {
        let mapping = Mapping(field: "path: .x\n\(step)")
        try #require(mapping.table != nil, "\(mapping.shown)")
        for value in Self.values { #expect(!mapping.field(#"{"x":\#(value)}"#).isEmpty) }
    }

    @Test func `two steps one after another, too`() {
        let pairs = [
            "date: epochMilliseconds\nformat: \"yyyy-MM-dd HH:mm\"", "decimal: \"1.234,50\"\nround: 2",
            "scale: 34\nround: 34", "integer: true\nscale: -34\ntext: true\nsubstring: { from: -3 }",
        ]
        for pair in pairs {
            let mapping = Mapping(field: "path: .x\n\(pair)")
            #expect(mapping.mistakes.isEmpty, "\(mapping.mistakes)")
            for value in Self.values { #expect(!mapping.field(#"{"x":\#(value)}"#).isEmpty) }
        }
    }

    @Test(
        "every condition takes every value",
        arguments: [
            "above: 0", "below: -9223372036854775808", "atLeast: 1e400", "atMost: 0.5", "equals: 9223372036854775807",
            "equals: \"\"",
            "in: [1, null, x]", "startsWith: \"-9\"", "exists: true", "olderThan: 366d", "newerThan: 1s",
            "newerThan: 366d",
        ])
    func condition(_ condition: String) {
        let text = """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogItem
                message:
                  items: $.a[*]
                  companyId: napse
                  operation: I
                  where: { path: .x, \(condition) }
                  fields: { code: .x }
            """
        let mapping = Mapping(text)
        guard mapping.mistakes.isEmpty else { return }
        for value in Self.values { _ = mapping.map(#"{"a":[{"x":\#(value)}]}"#) }
    }

    @Test(
        "the least and the greatest moments are formatted or refused",
        arguments: [
            ("epochMilliseconds", "-9223372036854775808"), ("epochSeconds", "-9223372036854775808"),
            ("epochSeconds", "9223372036854775807"), ("epochMilliseconds", "9223372036854775807"),
            ("epochSeconds", "253402300800"), ("epochMilliseconds", "-253402300800000"),
        ])
    func beyond(form: String, value: String) {
        #expect(Mapping(field: "path: .x\ndate: \(form)").field(#"{"x":\#(value)}"#).contains("expected a date as"))
    }

    @Test func `settings of steps that no number can be are refused`() {
        for text in [
            "round: 9223372036854775807", "round: -9223372036854775808", "scale: 99999999999999999999",
            "scale: -9223372036854775808",
            "pad: { length: 9223372036854775807 }", "substring: { from: -9223372036854775808 }",
            "substring: { from: 0, length: 9223372036854775807 }", "round: 1e400", "round: .inf",
        ] {
            #expect(!Mapping(field: "path: .x\n\(text)").mistakes.isEmpty, "\(text)")
        }
    }
}
