import JSON
import BSON
import Testing

@Suite struct Decimal128Tests {
    private func decimal(_ text: String) throws -> Decimal128? {
        try JSONParser().parse(text).withRoot { $0.number.flatMap { Decimal128($0) } }
    }

    @Test(
        "digits as written, in the form of the standard",
        arguments: [
            ("0", "0"), ("-0", "-0"), ("0.00", "0.00"), ("12.50", "12.50"), ("13999.90", "13999.90"), ("1e3", "1E+3"),
            ("-1.5e-10", "-1.5E-10"), ("0.000001", "0.000001"), ("0.0000001", "1E-7"),
            ("1234567890123456789012345678901234", "1234567890123456789012345678901234"),
            ("12345678901234567890123456789012340", "1.234567890123456789012345678901234E+34"),
        ])
    func text(json: String, expected: String) throws {
        #expect(try decimal(json)?.description == expected)
    }

    @Test(
        "more digits than there is room for", arguments: ["12345678901234567890123456789012345", "1e7000", "1e-7000"])
    func refused(json: String) throws {
        #expect(try decimal(json) == nil)
    }
}
