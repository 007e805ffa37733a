/// What a field becomes in the store.
package enum BSONKind: UInt8, Sendable, CaseIterable {
    case string, bool, long, double, decimal, date, objectId, object, array
    /// Whatever the value itself suggests.
    case any

    /// The kind of that name in `x-bson`.
    package init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }), kind != .any else { return nil }
        self = kind
    }

    /// The name as `x-bson` writes it.
    package var name: String { "\(self)" }

    /// The JSON values it is made from, a bit for each ``JSONKind``; null is not among them.
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
