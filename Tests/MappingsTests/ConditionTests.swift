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

    @Test(arguments: [
        ("{ path: .t, equals: 1 }", "{ path: .t, in: [A, null, true] }", "one of 1, A, null, true"),
        ("{ path: .t, equals: 1 }", "{ path: .t, equals: 1 }", "one of 1, 1"),
        ("{ path: .t, in: [1, 2, 3, 4, 5] }", "{ path: .t, in: [6, 7, 8, 9] }", "one of 1, 2, 3, 4, 5, 6, 7, 8, …"),
        ("{ path: .t, equals: 1 }", "{ path: .u, equals: 1 }", "a value that a branch takes"),
        ("{ path: .t, equals: 1 }", "{ path: .t, notEquals: B }", "a value that a branch takes"),
        ("{ path: .t, equals: 1 }", "{ path: .t, startsWith: A }", "a value that a branch takes"),
        ("{ path: .t, equals: 1 }", "{ not: { path: .t, in: [A, B] } }", "a value that a branch takes"),
        ("{ path: .t, exists: false }", "{ path: .t, equals: A }", "a value that a branch takes"),
    ])
    func `choose without a match names the values that its branches take`(
        _ first: String, _ second: String, _ expected: String
    ) {
        let choice = "choose:\n  - { when: \(first), then: .a }\n  - { when: \(second), then: .a }"
        let found = Mapping(field: choice).field(#"{"t":"B","u":"B"}"#)
        #expect(found.hasPrefix(#"/a/0/b/0/t: expected \#(expected), found the string "B";"#), "\(found)")
    }

    @Test func `choose without a match is a fault, unless something says what then`() {
        let branch = "choose:\n  - when: { path: .t, equals: A }\n    then: .a"
        #expect(Mapping(field: branch).field(#"{"t":"A","a":1}"#) == "1")
        #expect(Mapping(field: branch).field(#"{"t":"A"}"#) == "missing")
        #expect(
            Mapping(field: branch).field(#"{"t":"B"}"#)
                == #"/a/0/b/0/t: expected A, found the string "B"; send such a value, or add 'else:' in the mapping"#
        )
        #expect(Mapping(field: branch + "\n  - else: null").field(#"{"t":"B"}"#) == "null")
        #expect(Mapping(field: branch + "\ndefault: 5").field(#"{"t":"B"}"#) == "5")
        #expect(Mapping(field: branch + "\nonError: drop").field(#"{"t":"B"}"#) == "missing")
    }
}
