internal import JSON
package import BSON

/// Top-level fields of BSON documents, as a server reads and writes them.
extension [UInt8] {
    /// The `_id`.
    package var bsonID: BSONValue {
        guard let id = bsonValue("_id") else { preconditionFailure("a document without _id") }
        return id
    }

    package func bsonValue(_ path: String) -> BSONValue? {
        let path = FieldPath(path)
        return withUnsafeBytes { BSONElements($0).first(at: path).map { BSONValue(copying: $0) } }
    }

    /// The document with these fields in place of its own of the same names.
    package func setting(_ fields: (inout BSONWriter) -> Void) -> [UInt8] { setting(all: .document(fields)) }

    package func setting(all fields: [UInt8]) -> [UInt8] {
        let names = fields.withUnsafeBytes { Set(BSONElements($0).map(\.nameText)) }
        return .document { writer in
            withUnsafeBytes { old in
                for element in BSONElements(old) where !names.contains(element.nameText) {
                    writer.append(element: element.whole)
                }
            }
            fields.withUnsafeBytes { new in
                for element in BSONElements(new) { writer.append(element: element.whole) }
            }
        }
    }

    package func removing(_ name: String) -> [UInt8] {
        .document { writer in
            withUnsafeBytes { old in
                for element in BSONElements(old) where element.nameText != name {
                    writer.append(element: element.whole)
                }
            }
        }
    }

    /// Whether the document has each field of the query with the same value. No operators.
    func matches(_ query: [UInt8]) -> Bool {
        query.withUnsafeBytes { query in
            BSONElements(query).allSatisfy { field in
                precondition(!field.nameText.hasPrefix("$"), "the store in memory knows no operators")
                return bsonValue(field.nameText) == BSONValue(copying: field)
            }
        }
    }
}

extension BSONValue {
    /// The kinds of values that a server compares with each other, in the order in which a feed without a mark tries them;
    /// nil for others.
    var kind: Int? {
        switch type {
        case .date: 0
        case .int32, .int64, .double, .decimal128: 1
        case .objectID: 2
        case .timestamp: 3
        case .string: 4
        default: nil
        }
    }
}
