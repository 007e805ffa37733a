internal import BSON

/// A type bracket: BSON types that MongoDB compares with each other. A range query matches only values of one bracket.
enum Bracket: CaseIterable {
    case date, number, objectID, timestamp, string

    init?(_ value: BSONValue) {
        switch value.type {
        case .date: self = .date
        case .int32, .int64, .double, .decimal128: self = .number
        case .objectID: self = .objectID
        case .timestamp: self = .timestamp
        case .string: self = .string
        default: return nil
        }
    }

    /// The least value of the bracket; NaN is excluded.
    var least: BSONValue {
        switch self {
        case .date: BSONValue(date: .min)
        case .number: BSONValue(double: -.infinity)
        case .objectID: BSONValue(objectID: ObjectID(seconds: 0, random: 0))
        case .timestamp: BSONValue(timestamp: 0)
        case .string: BSONValue(string: "")
        }
    }

    /// Name in `$type`.
    var typeName: String {
        switch self {
        case .date: "date"
        case .number: "number"
        case .objectID: "objectId"
        case .timestamp: "timestamp"
        case .string: "string"
        }
    }
}
