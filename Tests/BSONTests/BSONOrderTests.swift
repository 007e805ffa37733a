import JSON
import BSON
import Testing

@Suite struct BSONOrderTests {
    @Test(
        "decimals by value, whatever their exponents",
        arguments: [
            ("1", "1.0", 0), ("1.5", "1.25", 1), ("-1.5", "-1.25", -1), ("0", "-0.0", 0), ("1e30", "2", 1),
            ("9.99999999999999999999999999999999", "10", -1), ("1e-6000", "1e6000", -1), ("-1e-6000", "0", -1),
            ("1234567890123456789012345678901234", "1234567890123456789012345678901233", 1),
        ])
    func decimals(a: String, b: String, order: Int) throws {
        let (x, y) = (try decimal(a), try decimal(b))
        #expect(isLess(x, y) == (order < 0))
        #expect(isLess(y, x) == (order > 0))
    }

    private func decimal(_ text: String) throws -> Decimal128 {
        try JSONParser().parse(text).withRoot { try #require(Decimal128($0)) }
    }

    private func isLess(_ a: Decimal128, _ b: Decimal128) -> Bool {
        var bytes: [UInt8] = []
        bytes.appendDocument { writer in
            writer.append(BSONWriter.bytes(of: "a"), decimal: a)
            writer.append(BSONWriter.bytes(of: "b"), decimal: b)
        }
        return bytes.withUnsafeBytes { raw in
            let elements = Array(BSONElements(raw))
            return BSONOrder.isLess(elements[0], elements[1])
        }
    }
}
