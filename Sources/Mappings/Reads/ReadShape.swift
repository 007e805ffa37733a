internal import JSON
internal import Schemas
package import BSON

/// What a request reads: documents of a collection, found by values of the request. Compiled and immutable.
package final class ReadShape: Sendable {
    /// A field that must have a value of the request.
    struct Condition: Sendable {
        let field: String
        /// How the field is stored; `any` if no definition says.
        let kind: BSONKind
        let value: any Expression

        /// The parameter that it is, as it comes or as a whole number; nil for any other value.
        let parameter: String?
    }

    /// Several documents, in order.
    package struct List: Sendable, Equatable {
        /// Nil: by `_id` alone.
        package var order: String?
        package var isDescending: Bool
        /// Documents of one answer.
        package var limit: Int
    }

    package let collection: String
    let conditions: [Condition]
    /// Fields of the conditions that together are a record's `_id`, in its order; empty if they are not.
    package let recordKey: [String]
    /// Nil: one document, which the conditions name.
    package let list: List?
    /// What is shown of each.
    package let document: DocumentShape
    /// The page that shows it; of a list with its records as `items`, and the address of the next ones as `next`. Nil: JSON.
    package let template: Template?

    init(
        collection: String, conditions: [Condition], recordKey: [String], list: List?, document: DocumentShape,
        template: Template? = nil
    ) {
        self.template = template
        self.collection = collection
        self.conditions = conditions
        self.recordKey = recordKey
        self.list = list
        self.document = document
    }

    /// The address of a record that these requests read, made of its fields; nil if more than its key is asked for.
    func location(at path: PathTemplate) -> RecordLocation? {
        guard list == nil else { return nil }
        let fields = Dictionary(
            conditions.compactMap { condition in condition.parameter.map { ($0, condition.field) } }
        ) { first, _ in first }
        var parts: [RecordLocation.Part] = []
        for segment in path.segments {
            switch segment {
            case .literal(let text): parts.append(.text(text))
            case .parameter(let name):
                guard let field = fields[name] else { return nil }
                parts.append(.field(field))
            }
        }
        // What else is asked for is the same for all records, such as the company.
        return parts.isEmpty ? nil : RecordLocation(parts: parts)
    }

    /// The parameter that holds the place in the order after which a list goes on.
    package static let cursorParameter = "cursor"
}

/// Makes the queries of requests. Reuses its memory: one thread at a time.
package final class ReadQueryMaker {
    private let run = Run()

    package init() {}

    /// Why a request's values make no query.
    package struct Problem: Error {
        package let field: String
        package let detail: String
    }

    /// The values that the fields must have. Of a list, a condition without a value is left out. Values are data, never
    /// operators.
    package func conditions(
        of shape: ReadShape, facts: MessageFacts
    ) throws(Problem) -> [(field: String, value: BSONValue)] {
        run.facts = facts
        run.scratch.reset()
        var found: [(field: String, value: BSONValue)] = []
        for condition in shape.conditions {
            let value: Value
            do throws(Fault) {
                value = try condition.value.evaluate(run)
            } catch {
                throw Problem(
                    field: condition.field,
                    detail: "\(condition.field): expected \(error.expected), found \(error.found); \(error.remedy)")
            }
            if value.isAbsent {
                if shape.list != nil { continue }
                throw Problem(
                    field: condition.field, detail: "\(condition.field): expected a value, found none; send it")
            }
            guard let stored = stored(value, as: condition.kind) else {
                throw Problem(
                    field: condition.field,
                    detail: "\(condition.field): expected \(Self.words(for: condition.kind)); send such a value")
            }
            found.append((condition.field, stored))
        }
        return found
    }

    /// The value as the field is stored; nil if it can have no such value.
    private func stored(_ value: Value, as kind: BSONKind) -> BSONValue? {
        switch value {
        case .bool(let value): return kind == .bool || kind == .any ? BSONValue(bool: value) : nil
        case .text(let text):
            switch kind {
            case .string, .any: return BSONValue(string: ByteString(copying: text))
            case .date: return Instant.milliseconds(iso8601: text).map { BSONValue(date: $0) }
            case .objectId: return ObjectID(hex: text.string).map { BSONValue(objectID: $0) }
            default: return nil
            }
        case .number(let text):
            guard [.long, .double, .decimal, .any].contains(kind) else { return nil }
            if let whole = JSONNumber(validText: text).int64 { return BSONValue(int64: whole) }
            if kind == .decimal { return Decimal128(JSONNumber(validText: text)).map { BSONValue(decimal: $0) } }
            return kind == .long ? nil : Double(text.string).map { BSONValue(double: $0) }
        default: return nil
        }
    }

    private static func words(for kind: BSONKind) -> String {
        switch kind {
        case .long: "a whole number"
        case .double, .decimal: "a number"
        case .bool: "true or false"
        case .date: "a date such as 2021-12-31"
        case .objectId: "24 hexadecimal digits"
        default: "a single value"
        }
    }
}
