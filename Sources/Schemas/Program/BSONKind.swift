/// The BSON type that a field's value is stored as.
package enum BSONKind: UInt8, Sendable, CaseIterable {
    case string, bool, long, double, decimal, date, objectId, object, array
    /// The type follows from the JSON value.
    case any

    /// Parses the value of `x-bson`.
    package init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }), kind != .any else { return nil }
        self = kind
    }

    /// The name used in `x-bson`.
    package var name: String { "\(self)" }

    /// JSON types that are converted to this kind, one bit for each ``JSONKind``. Never includes null.
    var jsonTypes: UInt8 {
        switch self {
        case .bool: 0b000_0110
        case .long, .double, .decimal: 0b000_1000
        case .string, .date, .objectId: 0b001_0000
        case .array: 0b010_0000
        case .object: 0b100_0000
        case .any: Block.allTypes
        }
    }
}
