internal import BSON
internal import Contracts

/// The position to rewind a feed to, as stored in its row.
struct RewindValue {
    struct Mistake: Error {
        let message: String
    }

    /// Nil: the beginning.
    let value: BSONValue?

    /// `mark`: the feed's progress, whose type the value must have. Throws if the text cannot be converted.
    init(_ text: String?, like mark: BSONValue?) throws(Mistake) {
        guard let text else {
            value = nil
            return
        }
        let time = SinceTime.milliseconds(text, now: WallClock.now())
        let found: BSONValue?
        let expected: String
        switch mark?.type {
        case .date: (found, expected) = (time.map { BSONValue(date: $0) }, "a time such as 2026-03-01T00:00:00Z")
        case .int32, .int64, .double, .decimal128:
            (found, expected) = (
                Int64(text).map { BSONValue(int64: $0) } ?? Double(text).map { BSONValue(double: $0) }, "a number"
            )
        case .objectID:
            let id = ObjectID(hex: text) ?? time.map { ObjectID(seconds: UInt32(clamping: $0 / 1000), random: 0) }
            (found, expected) = (id.map { BSONValue(objectID: $0) }, "an ObjectId or a time")
        case .timestamp:
            (found, expected) = (
                time.map { BSONValue(timestamp: UInt64(UInt32(clamping: $0 / 1000)) << 32) }, "a time"
            )
        case .string: (found, expected) = (BSONValue(string: text), "")
        default:
            let number = Int64(text).map { BSONValue(int64: $0) }
            (found, expected) = (time.map { BSONValue(date: $0) } ?? number ?? BSONValue(string: text), "")
        }
        guard let found else {
            throw Mistake(message: "the feed's progress has another type: give \(expected), not '\(text)'")
        }
        value = found
    }
}
