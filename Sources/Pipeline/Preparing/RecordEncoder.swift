internal import Documents
internal import Records
internal import Schemas

/// Writes an item that its definition has accepted as the record to be stored: `_id`, `companyId`, then the item's fields
/// in their order, each with the type that the definition gives it.
enum RecordEncoder {
    static func append(
        _ item: JSONNode, id: ArraySlice<UInt8>, catalog: CatalogMessage, to writer: inout BSONWriter
    ) throws(RecordFault) {
        id.withUnsafeBufferPointer { writer.append(BSONWriter.bytes(of: "_id"), string: $0) }
        writer.append("companyId", string: catalog.companyId)
        for (name, value) in item.members {
            let bytes = name.utf8
            if name.isString("operation") { continue }
            let kind = catalog.definition.bson(named: bytes)
            try append(value, named: bytes, as: kind, to: &writer)
        }
    }

    private static func append(
        _ value: JSONNode, named name: UnsafeBufferPointer<UInt8>, as kind: BSONKind, to writer: inout BSONWriter
    ) throws(RecordFault) {
        switch value.kind {
        case .null: writer.append(name, null: ())
        case .true: writer.append(name, bool: true)
        case .false: writer.append(name, bool: false)
        case .string:
            switch kind {
            case .date:
                guard let milliseconds = Instant.milliseconds(iso8601: value.utf8) else {
                    throw RecordFault(value, name, expected: "a date such as 2021-12-31 or 2021-12-31T23:59:59Z")
                }
                writer.append(name, date: milliseconds)
            case .objectId:
                guard let id = ObjectID(hex: value.string ?? "") else {
                    throw RecordFault(value, name, expected: "24 hexadecimal digits")
                }
                writer.append(name, objectID: id)
            default: writer.append(name, string: value.utf8)
            }
        case .number: try append(number: value, named: name, as: kind, to: &writer)
        case .array:
            try writer.append(
                name,
                array: { (inner: inout BSONWriter) throws(RecordFault) in
                    var index = 0
                    for element in value.elements {
                        try BSONWriter.withIndexName(index) { (own) throws(RecordFault) in
                            try append(element, named: own, as: .any, to: &inner)
                        }
                        index += 1
                    }
                })
        case .object:
            try writer.append(
                name,
                document: { (inner: inout BSONWriter) throws(RecordFault) in
                    for member in value.members {
                        try append(member.value, named: member.name.utf8, as: .any, to: &inner)
                    }
                })
        }
    }

    private static func append(
        number node: JSONNode, named name: UnsafeBufferPointer<UInt8>, as kind: BSONKind, to writer: inout BSONWriter
    ) throws(RecordFault) {
        if node.isPlainInteger, kind == .long || kind == .any, let value = Int64(plainDigits: node.utf8) {
            writer.append(name, int64: value)
            return
        }
        guard let number = node.number else { return }
        switch kind {
        case .decimal:
            guard let value = Decimal128(number) else {
                throw RecordFault(node, name, expected: "a decimal number of at most 34 digits")
            }
            writer.append(name, decimal: value)
        case .long:
            guard let value = number.int64 else {
                throw RecordFault(node, name, expected: "a whole number within 64 bits")
            }
            writer.append(name, int64: value)
        default:
            if kind == .any, number.isPlainInteger {
                throw RecordFault(node, name, expected: "a whole number within 64 bits")
            }
            guard let value = number.exactDouble else {
                throw RecordFault(node, name, expected: "a number that a double holds without changing it")
            }
            writer.append(name, double: value)
        }
    }
}

/// A value that the store could not hold without changing it. The definition has already refused those of the fields it
/// names; this is for the others.
struct RecordFault: Error {
    let name: String
    let expected: String
    let found: String

    init(_ node: JSONNode, _ name: UnsafeBufferPointer<UInt8>, expected: String) {
        self.name = String(decoding: name, as: UTF8.self)
        self.expected = expected
        found = Reason.describe(node)
    }

    func reason(item: Int) -> Reason {
        let pointer = JSONPointer(["items", String(item), name])
        return Reason(
            item: item, code: .schema, pointer: pointer, keyword: "x-bson", expected: expected, found: found,
            text: "\(pointer): expected \(expected), found \(found); send it as a string, or name its type in the"
                + " definition")
    }
}

extension Int64 {
    /// Digits with an optional minus; nil where the value does not fit.
    fileprivate init?(plainDigits text: UnsafeBufferPointer<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? UnsafeBufferPointer(rebasing: text.dropFirst()) : text
        guard digits.count <= 18 else {
            guard let value = Int64(String(decoding: text, as: UTF8.self)) else { return nil }
            self = value
            return
        }
        var value: Int64 = 0
        for byte in digits { value = value &* 10 &+ Int64(byte &- 48) }
        self = isNegative ? -value : value
    }
}
