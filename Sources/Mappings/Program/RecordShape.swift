package import JSON

/// A further record of an item: written in the transaction of the item's own record. Compiled and immutable.
package final class RecordShape: Sendable {
    /// Its definition.
    package let catalog: String
    /// Where it is stored; nil: in the definition's collection.
    package let collection: String?
    /// Position of the target's name.
    package let position: TextPosition
    /// Outcomes of the item with which it is written.
    package let outcomes: Set<String>
    /// Where it does not hold, nothing is written; nil: always.
    let when: Condition?
    /// Whether the condition looks at the stored record.
    let asksStored: Bool
    /// Whether the fields, or the condition, look at the stored record.
    package let usesStored: Bool
    /// Whether fields have new keys.
    package let makesKeys: Bool
    /// Operation and fields.
    let fields: ObjectValue
    /// Operation, key and references: what is known before the stored record is.
    let knownFields: ObjectValue

    init(
        catalog: String, collection: String?, position: TextPosition, outcomes: Set<String>, when: Condition?,
        asksStored: Bool, usesStored: Bool, makesKeys: Bool, fields: ObjectValue, knownFields: ObjectValue
    ) {
        self.catalog = catalog
        self.collection = collection
        self.position = position
        self.outcomes = outcomes
        self.when = when
        self.asksStored = asksStored
        self.usesStored = usesStored
        self.makesKeys = makesKeys
        self.fields = fields
        self.knownFields = knownFields
    }
}

/// Makes the further records of items, as catalog messages of one item. Reuses its memory: one thread at a time.
package final class RecordMaker {
    private let item = MappedItem()

    package init() {}

    /// Why a record cannot be made.
    package struct Failure: Error {
        package let fault: Fault
        /// The field that it is for; nil for the condition, or the operation.
        package let field: String?
    }

    /// Which part of a record is made.
    package enum Part: Sendable, Equatable {
        case whole
        /// What is known without the stored record. `isComplete`: whether the item is; if not, the condition is not asked.
        case known(isComplete: Bool)
    }

    /// `{"items":[…]}`; nil where the condition does not hold. `envelope`: a catalog message with only the item, as mapped.
    /// `stored`: its record as JSON. `keys`: needed where fields have new ones. `index`: the item's number in its message.
    package func message(
        _ part: Part, of shape: RecordShape, envelope: [UInt8], index: Int, facts: MessageFacts, keys: (any NewKeys)?,
        stored: [UInt8]?
    ) throws(Failure) -> [UInt8]? {
        var field: String?
        do throws(Fault) {
            return try item.with(envelope, facts: facts, stored: stored) { run throws(Fault) in
                run.keys = keys
                run.ordinal = index
                defer { run.keys = nil }
                var asks = true
                if case .known(let isComplete) = part { asks = isComplete && !shape.asksStored }
                if asks, let when = shape.when, try !when.holds(run) { return nil }
                let fields = part == .whole ? shape.fields : shape.knownFields
                var text = Array(#"{"items":["#.utf8)
                do throws(Fault) {
                    try fields.evaluate(run).append(to: &text)
                } catch {
                    field = fields.failing(run)
                    throw error
                }
                text.append(contentsOf: "]}".utf8)
                return text
            }
        } catch {
            throw Failure(fault: error, field: field)
        }
    }
}

extension ObjectValue {
    /// The first field that cannot be evaluated; nil for the operation.
    fileprivate func failing(_ run: Run) -> String? {
        zip(names, fields).first { (try? $0.1.value.evaluate(run)) == nil }.flatMap { $0.0 == "operation" ? nil : $0.0 }
    }
}
