package import JSON

/// A sequence of whole numbers, as a mapping names it.
package struct NumberSequence: Hashable, Sendable {
    /// `_id` of its row in `gateway.sequences`.
    package let name: String
    /// The first number, if nothing is stored; a sequence that is behind it is moved there.
    package let first: Int64

    package init(name: String, first: Int64) {
        self.name = name
        self.first = first
    }
}

/// Gives the keys that a mapping makes itself, for one message at a time.
package protocol NewKeys: AnyObject {
    /// Called once the envelope of a message is mapped, before its items. `messageId`: that of the envelope; nil: it has
    /// none of its own.
    func begin(messageId: ByteString?)

    /// The text of a UUID: another for each item and field, and the same whenever the same message is mapped.
    func uuid(item: Int, field: String) -> String

    /// The next number of a sequence; it is given once.
    func number(of sequence: NumberSequence) -> NewNumber
}

package enum NewNumber: Sendable {
    case given(Int64)
    /// None is reserved: the message must be mapped again once there is.
    case missing
    /// The store can give none, for this reason.
    case refused(String)
}

/// A UUID of its own for each item.
final class NewUUID: Expression {
    private let field: String

    /// `field`: the record's field, and which of its UUIDs, if it has several.
    init(field: String) { self.field = field }

    var origin: Path? { nil }
    var types: ValueTypes { .text }
    var isNew: Bool { true }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        .text(run.scratch.copy(run.newKeys.uuid(item: run.ordinal, field: field).utf8))
    }
}

/// The next number of a sequence.
final class NextNumber: Expression {
    private let sequence: NumberSequence

    init(_ sequence: NumberSequence) { self.sequence = sequence }

    var origin: Path? { nil }
    var types: ValueTypes { .number }
    var isNew: Bool { true }

    func evaluate(_ run: Run) throws(Fault) -> Value {
        switch run.newKeys.number(of: sequence) {
        case .given(let number): return .number(run.scratch.copy(String(number).utf8))
        // What is mapped with it is dropped, and the rest only counted.
        case .missing: return .number(run.scratch.copy("0".utf8))
        case .refused(let reason):
            var fault = Fault(
                "sequence", expected: "a number of the sequence '\(sequence.name)'", found: reason,
                remedy: "then send the message again")
            fault.isOfStore = true
            throw fault
        }
    }
}
