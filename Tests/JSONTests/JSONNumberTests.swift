import JSON
import Testing

/// Numbers keep every digit they were written with.
@Suite struct JSONNumberTests {
    private static func number(_ text: String) -> JSONNumber {
        var text = text
        return text.withUTF8 { JSONNumber(validText: $0) }
    }

    private static func small(_ text: String) -> SmallDecimal? {
        var text = text
        return text.withUTF8 { SmallDecimal($0) }
    }

    @Test(
        "whole numbers of 64 bits, however they are written, and nothing near them",
        arguments: [
            ("0", 0), ("-0", 0), ("0.00", 0), ("0e999999999999", 0), ("7", 7), ("-7.0", -7), ("70e-1", 7),
            ("1.5e1", 15),
            ("0.5", nil), ("1e-1", nil), ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("-9223372036854775808", .min), ("-9223372036854775809", nil), ("9.223372036854775807e18", .max),
            ("1e18", 1_000_000_000_000_000_000), ("1e19", nil), ("1e999999999999", nil), ("1e-999999999999", nil),
            ("100000000000000000000e-2", 1_000_000_000_000_000_000), ("18446744073709551616", nil),
        ] as [(String, Int64?)])
    func int64(text: String, value: Int64?) throws {
        #expect(Self.number(text).int64 == value)
        #expect(try JSONParser().parse("[\(text)]").withRoot { $0.elements.map { $0.int64 } } == [value])
    }

    @Test(
        "a double only where its shortest form has these very digits",
        arguments: [
            ("0.1", 0.1), ("-2.50", -2.5), ("1e22", 1e22), ("1e23", 1e23), ("0", 0), ("5e-324", .leastNonzeroMagnitude),
            ("1.7976931348623157e308", 1.7976931348623157e308), ("1e400", nil), ("1e-400", nil),
            ("0.10000000000000001", nil), ("9007199254740993", nil), ("9007199254740992", 9_007_199_254_740_992),
            ("123456789012345678", nil),
        ] as [(String, Double?)])
    func exactDouble(text: String, value: Double?) throws {
        #expect(Self.number(text).exactDouble == value)
        #expect(try JSONParser().parse("[\(text)]").withRoot { $0.elements.map { $0.exactDouble } } == [value])
    }

    @Test("any double comes back from its shortest form", arguments: 0..<10 as Range<UInt64>)
    func doubles(block: UInt64) throws {
        var random = SeededRandom(state: block)
        for _ in 0..<1000 {
            let double = Double(bitPattern: random.next())
            guard double.isFinite else { continue }
            let text = "\(double)"
            #expect(Self.number(text).exactDouble == double, "\(text)")
            if let small = Self.small(text)?.exactDouble { #expect(small == double, "\(text)") }
        }
    }

    /// ±magnitude × 10^-scale, in one of the many ways to write it.
    private static func spelled(_ magnitude: Int64, scale: Int, using random: inout SeededRandom) -> String {
        let shift = Int.random(in: -5...5, using: &random)
        let zeros = Int.random(in: 0...3, using: &random)
        let digits = "\(magnitude.magnitude)" + String(repeating: "0", count: zeros)
        let exponent = -scale - zeros
        let sign = magnitude < 0 ? "-" : ""
        guard shift > 0 else { return "\(sign)\(digits)e\(exponent)" }
        return "\(sign)0.\(String(repeating: "0", count: shift))\(digits)E\(exponent + shift + digits.count)"
    }

    @Test("numbers are compared by their values, not their digits", arguments: 0..<10 as Range<UInt64>)
    func comparing(block: UInt64) throws {
        var random = SeededRandom(state: block)
        for _ in 0..<1000 {
            // Of thousandths, so that both fit a whole number.
            let (a, b) = (
                Int64.random(in: -3000...3000, using: &random), Int64.random(in: -3000...3000, using: &random)
            )
            let texts = [a, b].map { Self.spelled($0, scale: 3, using: &random) }
            let (left, right) = (try #require(Self.small(texts[0])), try #require(Self.small(texts[1])))
            #expect(left.compared(to: right) == (a - b).signum(), "\(texts)")
            #expect(Self.number(texts[0]).hasValue(of: Self.number(texts[1])) == (a == b), "\(texts)")
            #expect(
                left.isIntegral == (a % 1000 == 0) && Self.number(texts[0]).isIntegral == left.isIntegral, "\(texts)")
            if b != 0 { #expect(left.isMultiple(of: right) == (a % b == 0), "\(texts)") }
        }
    }

    @Test(
        "the extremes of a small decimal",
        arguments: [
            ("9999999999999999999", true), ("10000000000000000000", false), ("0.0000000000000000000000001", true),
            ("00", true), ("1e1000000", true), ("1e1000001", false), ("1e99999999999999999999", false),
            ("-1e-1000000", true),
        ] as [(String, Bool)])
    func small(text: String, isSmall: Bool) {
        #expect((Self.small(text) != nil) == isSmall)
    }

    @Test func `numbers of very different size are compared without being written out`() throws {
        let texts = [
            "-1e1000000", "-9999999999999999999", "-1e-1000000", "0", "1e-1000000", "0.1", "9e999999", "1e1000000",
        ]
        let numbers = try texts.map { try #require(Self.small($0)) }
        for (i, a) in numbers.enumerated() {
            for (j, b) in numbers.enumerated() {
                #expect(a.compared(to: b) == (i - j).signum(), "\(texts[i]) \(texts[j])")
            }
        }
        #expect(numbers[7].isMultiple(of: numbers[5]) && !numbers[4].isMultiple(of: numbers[7]))
    }

    @Test(
        "digits, exponent and text are as written",
        arguments: [
            ("-12.50e+3", [1, 2, 5, 0], 1, false), ("0.005", [5], -3, false), ("100", [1, 0, 0], 0, true),
            ("-0", [], 0, true),
            ("1e-99999999999999999999", [1], -1_000_000_000, false),
        ] as [(String, [UInt8], Int, Bool)])
    func parts(text: String, digits: [UInt8], exponent: Int, isPlain: Bool) {
        let number = Self.number(text)
        #expect(number.digits == digits && number.exponent == exponent && number.isPlainInteger == isPlain)
        #expect(number.text == text && number.isNegative == text.hasPrefix("-") && number.isZero == digits.isEmpty)
    }
}
