import BSON
import Contracts
@testable import Operations
import Testing

/// A feed goes back to a value of the type that it is ordered by, and to no other.
@Suite struct RewindValueTests {
    private static let now: Int64 = 1_767_225_600_000

    private static let types: [BSONType] = [
        .date, .int32, .int64, .double, .decimal128, .objectID, .timestamp, .string,
    ]

    @Test(
        arguments: [
            ("2026-01-01T00:00:00Z", [.date, .objectID, .timestamp, .string]),
            ("2026-01-01", [.date, .objectID, .timestamp, .string]),
            ("2h", [.date, .objectID, .timestamp, .string]), ("last tuesday", [.string]), ("2x", [.string]),
            ("", [.string]),
            ("4711", [.int32, .int64, .double, .decimal128, .string]),
            ("-1.5e3", [.int32, .int64, .double, .decimal128, .string]),
            ("nan", [.string]), ("inf", [.string]), ("0x10", [.string]), ("1e999", [.string]), ("true", [.string]),
            ("603a36021082e83690816fe0", [.objectID, .string]), ("603a3602", [.string]), ("2026-13-01", [.string]),
        ] as [(String, [BSONType])])
    func `a text fits types`(_ text: String, _ fitting: [BSONType]) {
        for type in Self.types {
            let value = try? RewindValue(text, as: type, now: Self.now).value
            #expect((value != nil) == fitting.contains(type), "\(text) as \(type)")
            guard let value, ![.int32, .decimal128, .int64, .double].contains(type) else { continue }
            #expect(value.type == type, "\(text) as \(type)")
        }
    }

    @Test func `a feed ordered by another type cannot be rewound to a value`() {
        for type in [BSONType.bool, .document, .array, .null, .binary] {
            #expect(throws: RewindValue.Mistake.self) { try RewindValue("1", as: type, now: Self.now) }
        }
    }
}
