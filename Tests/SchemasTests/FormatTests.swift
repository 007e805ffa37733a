import Testing

@testable import Schemas

@Suite struct `Formats` {
    @Test(arguments: [
        ("2021-12-31", true), ("2020-02-29", true), ("2000-02-29", true), ("1900-02-29", false), ("2021-02-29", false),
        ("2021-04-31", false), ("2021-13-01", false), ("2021-00-10", false), ("2021-1-1", false), ("20211231", false),
        ("2021-12-31T23:59:59Z", true), ("2021-12-31t23:59:59.123z", true), ("2021-12-31T23:59:59-03:00", true),
        ("2021-12-31T24:00:00Z", false), ("2021-12-31T23:59:59", false), ("2021-12-31 23:59:59Z", false),
        ("2021-02-30T00:00:00Z", false), ("2021-12-31T", false), ("2021-12-31T23:59Z", false), ("", false),
        ("2021-12-31T23:59:59.Z", false), ("2021-12-31Z", false), ("2021-12-31T23:59:59+0300", false),
    ])
    func `date-or-date-time goes by the calendar`(_ text: String, _ expected: Bool) {
        var text = text
        #expect(text.withUTF8 { StringFormat.dateOrDateTime.accepts($0) } == expected)
    }

    @Test func `every format has a name, an expectation, and survives any bytes`() {
        for format in StringFormat.allCases {
            #expect(!FormatPhrase.expected(format).isEmpty)
            for text in [
                "", "-", ".", ":", "@", "[", "]", "%", "{", "::", "P", "xn--", "a@[", "//", "\u{0}", "é", "🐲", "[]:",
            ] {
                var text = text
                _ = text.withUTF8 { format.accepts($0) }
            }
        }
    }

    @Test func `format is an annotation unless the dialect or the caller asks for more`() throws {
        #expect(try violations(try compiled(#"{"format": "ipv4"}"#), #""x""#).isEmpty)
        #expect(try !violations(try compiled(#"{"format": "ipv4"}"#, assertFormats: true), #""x""#).isEmpty)
        let definition = try compiled(#"{"$schema": "urn:promo-gateway:definition:1", "format": "ipv4"}"#)
        #expect(try !violations(definition, #""x""#).isEmpty)
        #expect(try violations(definition, "1").isEmpty)
        #expect(try violations(try compiled(#"{"format": "unheard-of"}"#, assertFormats: true), #""x""#).isEmpty)
    }
}
