import JSON
import Testing

@testable import Schemas

@Suite struct `Numbers` {
    static func parsed(_ text: String, _ body: (JSONNode) throws -> Void) throws {
        try JSONParser().parse(text).withRoot { try body($0) }
    }

    @Test(arguments: [
        ("0", true, true, true), ("-0", true, true, true), ("1.0", true, true, true), ("1e2", true, true, true),
        ("1.5", false, true, true), ("9223372036854775807", true, false, true),
        ("-9223372036854775808", true, false, true), ("9223372036854775808", false, false, true),
        ("9223372036854775807.0", true, false, true), ("100000000000000000000", false, true, true),
        ("0.1", false, true, true), ("0.30000000000000004", false, true, true),
        ("0.300000000000000041", false, false, true), ("123456789012345678901234567890", false, false, true),
        ("1234567890123456789012345678901234", false, false, true),
        ("12345678901234567890123456789012345", false, false, false),
        ("0.1234567890123456789012345678901234", false, false, true),
        ("0.00000000000000000000000000000000000000001", false, true, true),
        ("1e308", false, true, true), ("1e309", false, false, false), ("1e400", false, false, false),
        ("1e-308", false, true, true), ("1e-400", false, false, false), ("0e400", true, true, false),
        ("1e1000000000000", false, false, false), ("1.7976931348623157e308", false, true, true),
        ("5e-324", false, true, false),
    ])
    func `are stored exactly or refused`(_ text: String, _ long: Bool, _ double: Bool, _ decimal: Bool) throws {
        try Self.parsed(text) { node in
            #expect(StorableNumber.isLong(node) == long, "long")
            #expect(StorableNumber.isDouble(node) == double, "double")
            #expect(StorableNumber.isDecimal(node) == decimal, "decimal")
        }
    }

    @Test(arguments: [
        ("1", "1.0", 0), ("0", "-0.0", 0), ("-1", "0", -1), ("1e2", "100", 0), ("1e2", "99.9", 1),
        ("18446744073709551616", "18446744073709551615", 1), ("9999999999999999999", "1e19", -1),
        ("0.1", "0.10000000000000000000000001", -1), ("-0.1", "-0.10000000000000000000000001", 1),
        ("1e400", "1e399", 1), ("-1e400", "1e-400", -1), ("1e-400", "0", 1), ("123e-2", "1.23", 0),
        ("1e999999999999", "1e400", 1), ("100000000000000000000000e-23", "1", 0),
    ])
    func `are compared by all their digits`(_ a: String, _ b: String, _ order: Int) throws {
        try Self.parsed("[\(a), \(b)]") { root in
            let nodes = Array(root.elements)
            #expect(ExactNumber.compare(nodes[0], nodes[1]) == order)
            #expect(ExactNumber.compare(nodes[1], nodes[0]) == -order)
            #expect(JSONEquality.equal(nodes[0], nodes[1]) == (order == 0))
        }
    }

    @Test(
        arguments: [
            ("0", "7", true), ("7", "7", true), ("7.5", "2.5", true), ("0.3", "0.1", true), ("1e308", "0.5", true),
            ("1e308", "3", false), ("4.02", "0.01", true), ("4.021", "0.01", false), ("-9", "3", true),
            ("10", "4", false),
            ("123456789012345678901234567890", "10", true), ("123456789012345678901234567891", "10", false),
            ("123456789012345678901234567890", "123456789012345678901234567890", true),
            ("1", "123456789012345678901234567890", false), ("1e-30", "1e30", false), ("1", "1e400", false),
            ("12345678901234567890.5", "0.5", true), ("1e30", "12345678901234567890123", false),
        ] as [(String, String, Bool)])
    func `are multiples exactly`(_ value: String, _ divisor: String, _ expected: Bool) throws {
        try Self.parsed("[\(value), \(divisor)]") { root in
            let nodes = Array(root.elements)
            var work = 0
            #expect(ExactNumber.isMultiple(nodes[0], of: nodes[1], work: &work) == expected)
        }
    }

    @Test func `of absurd size cost nothing`() throws {
        let program = try compiled(#"{"multipleOf": 3e-900000000, "maximum": 1e900000000, "type": "integer"}"#)
        let start = ContinuousClock.now
        for text in ["1e900000000", "1e-900000000", "-1e99999999999999", "1" + String(repeating: "0", count: 100_000)] {
            _ = try violations(program, text)
        }
        #expect(start.duration(to: .now) < .seconds(10))
    }
}
