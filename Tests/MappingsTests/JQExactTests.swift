import Testing

@testable import Mappings

/// jq computes with doubles: a number that it changes is never a result.
@Suite struct JQExactTests {
    private static let longNumbers = [
        "788032119674292922", "9007199254740993", "-9007199254740993", "0.1234567890123456789", "12345678901234.567891",
        "1e400", "1e-400", "18446744073709551615",
    ]

    @Test("a long number of the message is exact or refused by name", arguments: longNumbers)
    func long(number: String) {
        for program in [".id", ".id | tostring", "{id}", "[.id]", "\"\\(.id)-x\""] {
            let found = Mapping(field: "jq: '\(program)'").field(#"{"id":\#(number)}"#)
            #expect(
                found.contains("found the number \(number.prefix(40)); read it with 'path:', without jq"),
                "\(program): \(found)")
        }
    }

    @Test("a result that does not depend on one stays", arguments: longNumbers)
    func untouched(number: String) {
        let item = #"{"id":\#(number),"name":"n","tags":["a","b"],"n":2}"#
        for (program, expected) in [
            (".name", #""n""#), (".tags | length", "2"), (".n * 2", "4"), ("if .id then 1 else 2 end", "1"),
            (".id | type", #""number""#), ("empty", "missing"), ("del(.id)", #"{"name":"n","tags":["a","b"],"n":2}"#),
        ] {
            #expect(Mapping(field: "jq: '\(program)'").field(item) == expected, "\(program)")
        }
    }

    @Test(
        "results that doubles round are refused",
        arguments: [
            ("10.00 / 3", "3.3333333333333335"), ("0.1 + 0.2", "0.30000000000000004"), (".a * 3", "3.3000000000000003"),
            ("[1, .a * 3]", "3.3000000000000003"), (".b * .b", "8.112963841460666e+31"),
            ("\"788032119674292922\" | tonumber", "788032119674292900"),
        ])
    func computed(program: String, result: String) {
        let found = Mapping(field: "jq: '\(program)'").field(#"{"a":1.10,"b":9007199254740991}"#)
        #expect(
            found.contains("expected a result that jq computes exactly, found \(result) as the result"), "\(found)")
    }

    @Test(
        "results that doubles keep",
        arguments: [
            (".a", "10.5"), (".a * 2", "21"), ("(10 / 3 * 100 | round) / 100", "3.33"), (".g", "-34.60372212345678"),
            (".b", "9007199254740991"), (".b + 1", "9007199254740992"), ("[.g, .a]", "[-34.60372212345678,10.5]"),
            (".s", #""788032119674292922""#),
            (".e", "1.5e-10"), ("\"0.30000000000000004\"", #""0.30000000000000004""#),
        ])
    func kept(program: String, expected: String) {
        let item = #"{"a":10.50,"b":9007199254740991,"g":-34.60372212345678,"s":"788032119674292922","e":1.5e-10}"#
        #expect(Mapping(field: "jq: '\(program)'").field(item) == expected)
    }

    @Test func `two numbers that are one double are not taken for one`() {
        let item = #"{"l":[{"id":788032119674292922,"n":1},{"id":788032119674292923,"n":2}]}"#
        #expect(Mapping(field: "jq: '[.l[] | .n]'").field(item) == "[1,2]")
        let found = Mapping(field: "jq: '.l | unique_by(.id) | map(.n)'").field(item)
        #expect(found.contains("expected numbers that jq keeps"), "\(found)")
    }

    @Test func `a long number in a jq program is a mistake`() {
        let mapping = Mapping(field: "jq: '.id == 788032119674292922'")
        #expect(mapping.mistakes.first?.message.contains("jq does not keep the digits of '788032119674292922'") == true)
        #expect(Mapping(field: "jq: '.id == 123456789012345'").mistakes.isEmpty)
    }

    @Test func `several results, or an error after one, are refused`() {
        #expect(Mapping(field: "jq: '.l[]'").field(#"{"l":[1]}"#) == "1")
        #expect(Mapping(field: "jq: '.l[]'").field(#"{"l":[]}"#) == "missing")
        #expect(Mapping(field: "jq: '.l[]'").field(#"{"l":[1,2]}"#).contains("gives more than one value"))
        for program in [".l[], error(\"bad\")", ".l[], .x.y.z", "(.l[], 2) | if . == 2 then error(\"bad\") else . end"]
        {
            let found = Mapping(field: "jq: '\(program)'").field(#"{"l":[1],"x":5}"#)
            #expect(found.contains("jq: "), "\(found)")
        }
    }

    @Test(
        "a program that does not compile is named with its line",
        arguments: [
            (".a |", "f, jq: not a jq program: syntax error, unexpected $end in line 1"),
            (".a | foo", "f, jq: not a jq program: foo/0 is not defined in line 1"),
        ])
    func syntax(program: String, message: String) {
        #expect(Mapping(field: "jq: '\(program)'").mistakes.map(\.message) == [message])
    }

    @Test func `check hints at jq before a key or a decimal`() {
        func hints(_ fields: String) -> [String] {
            Mapping(message: "companyId: c\nitems: $.i[*]\noperation: IU\nfields:\n\(fields)", checks: true).mistakes
                .filter { $0.severity == .hint }.map(\.rule)
        }
        #expect(hints("  code: { jq: .id }\n  name: .n") == ["jq-digits"])
        #expect(hints("  code: { path: .id, jq: ., text: true }\n  name: .n") == ["jq-digits"])
        #expect(hints("  code: .id\n  name: .n\n  price: { jq: .p, round: 2 }") == ["jq-digits"])
        #expect(hints("  code: { concat: [a, { jq: .x }] }\n  name: .n\n  price: .p") == ["jq-digits"])
        #expect(hints("  code: .id\n  name: { jq: .n }\n  price: .p") == [])
    }
}
