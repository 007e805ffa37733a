internal import BSON
internal import Contracts

/// The position to rewind a feed to, as stored in its row.
struct RewindValue {
    struct Mistake: Error {
        let message: String
    }

    let value: BSONValue

    /// `type`: of the values that it is compared with; only a value of that type means something. Throws if the text
    /// cannot be one. `now`: milliseconds since 1970, from which ages count.
    init(_ text: String, as type: BSONType, now: Int64 = WallClock.now()) throws(Mistake) {
        let time = SinceTime.milliseconds(text, now: now)
        let found: BSONValue?
        let expected: String
        switch type {
        case .date: (found, expected) = (time.map { BSONValue(date: $0) }, "a time such as 2026-03-01T00:00:00Z")
        case .int32, .int64, .double, .decimal128: (found, expected) = (Self.number(text), "a number")
        case .objectID:
            let id = ObjectID(hex: text) ?? time.map { ObjectID(seconds: UInt32(clamping: $0 / 1000), random: 0) }
            (found, expected) = (id.map { BSONValue(objectID: $0) }, "an ObjectId or a time")
        case .timestamp:
            (found, expected) = (
                time.map { BSONValue(timestamp: UInt64(UInt32(clamping: $0 / 1000)) << 32) }, "a time"
            )
        case .string: (found, expected) = (BSONValue(string: text), "a text")
        default:
            throw Mistake(
                message:
                    "the field that the feed is ordered by holds values of type \(type), which cannot be given here;"
                    + " leave it out, to begin from the beginning")
        }
        guard let found else {
            throw Mistake(message: "the feed is ordered by values of another type: give \(expected), not '\(text)'")
        }
        value = found
    }

    /// Without `nan`, `inf` and `0x10`, which name no position.
    private static func number(_ text: String) -> BSONValue? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        if let whole = Int64(text) { return BSONValue(int64: whole) }
        return Double(text).flatMap { $0.isFinite ? BSONValue(double: $0) : nil }
    }
}
