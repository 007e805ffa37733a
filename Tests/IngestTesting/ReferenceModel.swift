package import Ingest
package import JSON

/// The oracle: applies items one by one to a dictionary, as PRODUCT's table says, with no thought of speed. Shares no code
/// with the plan.
package struct ReferenceModel {
    package typealias Record = [ByteString: ReferenceValue]

    /// By collection, by `_id`.
    package private(set) var records: [String: [ByteString: Record]] = [:]

    package init() {}

    /// Does one item. `fields`: without `operation`.
    package mutating func apply(
        _ operation: String, id: ByteString, fields: Record, collection: String
    ) -> Outcome {
        let old = records[collection]?[id]
        switch (operation, old) {
        case ("I", nil), ("IU", nil):
            records[collection, default: [:]][id] = fields
            return .inserted
        case ("I", let old?): return old == fields ? .unchanged : .rejected
        case ("U", nil): return .rejected
        case ("U", let old?), ("IU", let old?):
            let new = old.merging(fields) { before, after in before == after ? before : after }
            guard new != old else { return .unchanged }
            records[collection]?[id] = new
            return .updated
        case ("D", nil): return .absent
        case ("D", _):
            records[collection]?[id] = nil
            return .deleted
        default: return .rejected
        }
    }
}

/// A JSON value that compares as people mean it: numbers by value, objects without order.
package indirect enum ReferenceValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Digits and exponent without zeros at the end.
    case number(isNegative: Bool, digits: [UInt8], exponent: Int)
    case string(ByteString)
    case array([ReferenceValue])
    case object([ByteString: ReferenceValue])

    package init(_ node: JSONNode) {
        switch node.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .string: self = .string(ByteString(copying: node.utf8))
        case .array: self = .array(node.elements.map { ReferenceValue($0) })
        case .object:
            var members: [ByteString: ReferenceValue] = [:]
            for member in node.members { members[ByteString(copying: member.name.utf8)] = ReferenceValue(member.value) }
            self = .object(members)
        case .number:
            guard let number = node.number, !number.isZero else {
                self = .number(isNegative: false, digits: [], exponent: 0)
                return
            }
            let zeros = number.digits.reversed().prefix { $0 == 0 }.count
            self = .number(
                isNegative: number.isNegative, digits: Array(number.digits.dropLast(zeros)),
                exponent: number.exponent + zeros)
        }
    }
}
