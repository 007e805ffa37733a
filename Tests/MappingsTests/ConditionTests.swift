import Testing

@testable import Mappings

/// Comparisons: exact, or an error of the item; A comparison is exact, or its item fails.
@Suite struct ConditionTests {
    private func map(_ test: String, _ value: String) -> String {
        Mapping(
            message:
                "companyId: c\nitems: $.i[*]\noperation: I\nwhere: { path: .x, \(test) }\nfields: { f: { value: 1 } }"
        ).map(#"{"i":[{"x":\#(value)},{"x":\#(value),"y":1}]}"#)
    }

    private static let taken = #"{"operation":"I","f":1},{"operation":"I","f":1}"#

    @Test(
        "numbers of any length compare",
        arguments: [
            ("above: 0", "5.00000000000000000000", true), ("above: 0", "12345678901234567890", true),
            ("above: 0", "-12345678901234567890", false), ("below: 0", "-12345678901234567890123", true),
            ("above: 12345678901234567890", "12345678901234567891", true),
            ("above: 12345678901234567890", "12345678901234567890.0", false),
            ("atLeast: 12345678901234567890", "1234567890123456789E1", true),
            ("above: 0", "0.00000000000000000000000000000001", true), ("above: 0", "0e99999", false),
            ("above: 0", "1e-1000000000", true), ("above: 0", #""5""#, true), ("below: 100", "1e1000000000", false),
            ("equals: 12345678901234567890123", "12345678901234567890123.0", true), ("above: 0", "null", false),
            ("olderThan: 1d", #""2025-12-30T00:00:00Z""#, true), ("olderThan: 1d", "null", false),
        ])
    func compare(test: String, value: String, holds: Bool) { #expect(map(test, value) == (holds ? Self.taken : "")) }

    @Test(
        "what cannot be compared fails its item",
        arguments: [
            ("above: 0", #""5,0""#, "a number to compare"), ("above: 0", #""""#, "a number to compare"),
            ("atMost: 0", "true", "a number to compare"), ("below: 0", "[1]", "a number to compare"),
            ("above: 0, below: 9", #""x""#, "a number to compare"),
            ("olderThan: 1d", #""16/03/2021""#, "a date such as"), ("newerThan: 1d", "5", "a date such as"),
        ])
    func fault(test: String, value: String, expected: String) {
        let found = map(test, value)
        #expect(found.hasPrefix("/i/0/x: expected \(expected)"), "\(found)")
        #expect(found.contains("/i/1/x: expected \(expected)"), "\(found)")
    }

    @Test(
        "a value equals another value",
        arguments: [
            (#""a""#, #""a""#, true), (#""a""#, #""b""#, false), ("1", "1.0", true), ("1", #""1""#, true),
            (#""1""#, "1", true), (#""1""#, #""1.0""#, false), ("true", "true", true), ("true", #""true""#, false),
            ("null", "null", true), ("null", #""""#, false),
            ("12345678901234567890123", "12345678901234567890123.0", true),
        ])
    func equal(one: String, other: String, holds: Bool) {
        let item = #"{"i":[{"x":\#(one),"y":\#(other)}]}"#
        for (word, isTaken) in [("equals", holds), ("notEquals", !holds)] {
            let mapping = Mapping(
                message:
                    "companyId: c\nitems: $.i[*]\noperation: I\nwhere: { path: .x, \(word): { path: .y } }\nfields: { f: { value: 1 } }"
            )
            #expect(mapping.map(item) == (isTaken ? #"{"operation":"I","f":1}"# : ""), "\(word)")
        }
    }

    @Test(
        "lists and objects are not compared, on either side",
        arguments: [("[1]", "[1]"), ("{}", "1"), ("1", "[]"), (#"{"a":1}"#, #"{"a":1}"#)])
    func containers(one: String, other: String) {
        let mapping = Mapping(
            message:
                "companyId: c\nitems: $.i[*]\noperation: I\nwhere: { path: .x, equals: { path: .y } }\nfields: { f: { value: 1 } }"
        )
        let found = mapping.map(#"{"i":[{"x":\#(one),"y":\#(other)}]}"#)
        #expect(found.contains("expected a single value to compare"), "\(found)")
    }

    @Test func `a message that cannot be compared is refused`() {
        let mapping = Mapping(
            """
            routes:
              r:
                from: { amqp: { queue: q } }
                definition: catalogItem
                when: { path: $.n, above: 0 }
                message: { companyId: c, items: "$.i[*]", operation: I, fields: { f: .x } }
            """)
        #expect(mapping.map(#"{"n":"much","i":[]}"#) == #"when /n: a number to compare, the string "much""#)
        #expect(mapping.map(#"{"n":0,"i":[]}"#) == "not taken")
    }

    @Test func `choose without a match is a fault, unless something says what then`() {
        let branch = "choose:\n  - when: { path: .t, equals: A }\n    then: .a"
        #expect(Mapping(field: branch).field(#"{"t":"A","a":1}"#) == "1")
        #expect(Mapping(field: branch).field(#"{"t":"A"}"#) == "missing")
        #expect(
            Mapping(field: branch).field(#"{"t":"B"}"#)
                == #"/a/0/b/0/t: expected a value that a branch takes, found the string "B"; send a value that fits a 'when:', or add 'else:' in the mapping"#
        )
        #expect(Mapping(field: branch + "\n  - else: null").field(#"{"t":"B"}"#) == "null")
        #expect(Mapping(field: branch + "\ndefault: 5").field(#"{"t":"B"}"#) == "5")
        #expect(Mapping(field: branch + "\nonError: drop").field(#"{"t":"B"}"#) == "missing")
    }
}
