internal import Records

/// The kinds of values that MongoDB compares with each other: a query for what is greater finds only those of one kind.
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

    /// A value that is behind none of its kind; what is no number has no place among numbers.
    var least: BSONValue {
        switch self {
        case .date: BSONValue(date: .min)
        case .number: BSONValue(double: -.infinity)
        case .objectID: BSONValue(objectID: ObjectID(seconds: 0, random: 0))
        case .timestamp: BSONValue(timestamp: 0)
        case .string: BSONValue(string: "")
        }
    }

    /// As `$type` names it.
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
