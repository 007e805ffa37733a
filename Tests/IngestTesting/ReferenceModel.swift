package import Ingest
package import JSON

/// The oracle: applies items one by one to a dictionary, as PRODUCT's table says, with no thought of speed. Shares no code
/// with the plan.
package struct ReferenceModel {
    package typealias Record = [ByteString: ReferenceValue]

    /// By collection, by `_id`.
    package private(set) var records: [String: [ByteString: Record]] = [:]

    package init() {}

    /// Does one item. `fields`: without `operation`. `merges`: rules of fields that are put together with the stored ones.
    package mutating func apply(
        _ operation: String, id: ByteString, fields: Record, collection: String, merges: [ByteString: String] = [:]
    ) -> Outcome {
        let old = records[collection]?[id]
        switch (operation, old) {
        case ("I", nil), ("IU", nil):
            records[collection, default: [:]][id] = fields
            return .inserted
        case ("I", let old?): return old == fields ? .unchanged : .rejected
        case ("U", nil): return .rejected
        case ("U", let old?), ("IU", let old?):
            let new = old.merging(
                fields.map { name, after in
                    guard let rule = merges[name], let before = old[name] else { return (name, after) }
                    return (name, before.merged(after, rule))
                },
                uniquingKeysWith: { before, after in before == after ? before : after })
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

extension ReferenceValue {
    /// By the rule of `x-merge`, of the values that tests use.
    fileprivate func merged(_ new: ReferenceValue, _ rule: String) -> ReferenceValue {
        if self == .null { return new }
        if new == .null { return self }
        switch (rule, self, new) {
        case ("sum", _, _): return ReferenceValue(thousandths: thousandths + new.thousandths)
        case ("min", _, _): return new.thousandths < thousandths ? new : self
        case ("max", _, _): return new.thousandths > thousandths ? new : self
        case ("append", .array(let first), .array(let second)): return .array(first + second)
        case ("firstWins", _, _): return self
        default: preconditionFailure("no rule \(rule) for \(new)")
        }
    }

    private var thousandths: Int {
        guard case .number(let isNegative, let digits, let exponent) = self, exponent >= -3 else {
            preconditionFailure("not a number of three decimals: \(self)")
        }
        let magnitude = digits.reduce(0) { $0 * 10 + Int($1) }
        return (0..<(exponent + 3)).reduce(isNegative ? -magnitude : magnitude) { value, _ in value * 10 }
    }

    private init(thousandths: Int) {
        var digits = String(thousandths.magnitude).utf8.map { $0 - 48 }
        var exponent = -3
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        self =
            digits.isEmpty
            ? .number(isNegative: false, digits: [], exponent: 0)
            : .number(isNegative: thousandths < 0, digits: digits, exponent: exponent)
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
