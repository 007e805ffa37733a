internal import BSON
internal import Contracts
internal import JSON
internal import Schemas

/// Encodes a valid item as a record: `_id`, `companyId`, then the item's fields in order, with the types of the
/// definition.
enum RecordEncoder {
    /// Throws as soon as the record exceeds the store's limit.
    ///
    /// `only`: the only field to encode, for a delete; nil: all.
    static func append(
        _ item: JSONNode, id: ArraySlice<UInt8>, company: ByteString, definition: Definition, only: ByteString?,
        to writer: inout BSONWriter
    ) throws(RecordFault) {
        let end = writer.bytes.count + StoreBounds.documentBytes
        id.withUnsafeBufferPointer { writer.append(BSONWriter.bytes(of: "_id"), string: $0) }
        writer.append("companyId", string: company)
        for (name, value) in item.members where !name.isString("operation") {
            if let only, !only.bytes.elementsEqual(name.utf8) { continue }
            // The declared type does not affect values of other types.
            let isTyped = value.kind == .number || (value.kind == .string && definition.convertsStrings)
            let kind = isTyped ? definition.bson(named: name.utf8) : .any
            let form = value.height > 0 ? definition.form(named: name.utf8) : nil
            try append(value, named: name.utf8, as: kind, form: form, end: end, to: &writer)
            if writer.bytes.count > end { throw RecordFault.tooLarge.inside(name.utf8) }
        }
    }

    /// `end`: maximum end offset in the buffer. `form`: types of nested values; nil if they follow from the values.
    private static func append(
        _ value: JSONNode, named name: UnsafeBufferPointer<UInt8>, as kind: BSONKind, form: StoredForm?, end: Int,
        to writer: inout BSONWriter
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
        case .array, .object:
            do throws(RecordFault) {
                try append(inside: value, named: name, form: form, end: end, to: &writer)
            } catch {
                throw error.inside(name)
            }
        }
    }

    private static func append(
        inside value: JSONNode, named name: UnsafeBufferPointer<UInt8>, form: StoredForm?, end: Int,
        to writer: inout BSONWriter
    ) throws(RecordFault) {
        guard value.isArray else {
            return try writer.append(
                name,
                document: { (inner: inout BSONWriter) throws(RecordFault) in
                    for member in value.members {
                        let own = form?.member(named: member.name.utf8)
                        try append(
                            member.value, named: member.name.utf8, as: own?.bson ?? .any, form: own, end: end,
                            to: &inner)
                    }
                })
        }
        try writer.append(
            name,
            array: { (inner: inout BSONWriter) throws(RecordFault) in
                var index = 0
                for element in value.elements {
                    try BSONWriter.withIndexName(index) { (own) throws(RecordFault) in
                        let form = form?.element(index)
                        try append(element, named: own, as: form?.bson ?? .any, form: form, end: end, to: &inner)
                    }
                    if inner.bytes.count > end { throw RecordFault.tooLarge }
                    index += 1
                }
            })
    }

    private static func append(
        number node: JSONNode, named name: UnsafeBufferPointer<UInt8>, as kind: BSONKind, to writer: inout BSONWriter
    ) throws(RecordFault) {
        switch kind {
        case .decimal:
            guard let value = Decimal128(node) else {
                throw RecordFault(node, name, expected: "a decimal number of at most 34 digits")
            }
            writer.append(name, decimal: value)
        case .double: try append(double: node, named: name, to: &writer)
        case .long: try append(long: node, named: name, to: &writer)
        // A kind of strings says nothing about numbers.
        default:
            if node.isPlainInteger { return try append(long: node, named: name, to: &writer) }
            try append(double: node, named: name, to: &writer)
        }
    }

    private static func append(
        long node: JSONNode, named name: UnsafeBufferPointer<UInt8>, to writer: inout BSONWriter
    ) throws(RecordFault) {
        guard let value = node.int64 else {
            throw RecordFault(node, name, expected: "a whole number within 64 bits")
        }
        writer.append(name, int64: value)
    }

    private static func append(
        double node: JSONNode, named name: UnsafeBufferPointer<UInt8>, to writer: inout BSONWriter
    ) throws(RecordFault) {
        guard let value = node.exactDouble else {
            throw RecordFault(node, name, expected: "a number that a double holds without changing it")
        }
        writer.append(name, double: value)
    }
}

/// A value that BSON cannot represent exactly. The definition has already rejected such values in its fields; this
/// covers the others.
struct RecordFault: Error {
    /// Names of the value and of those around it, from the record's field on.
    private var path: [String]
    let expected: String
    let found: String
    /// The whole record exceeds the store's limit, not a single value.
    private let isTooLarge: Bool

    init(_ node: JSONNode, _ name: UnsafeBufferPointer<UInt8>, expected: String) {
        path = [String(decoding: name, as: UTF8.self)]
        self.expected = expected
        found = Reason.describe(node)
        isTooLarge = false
    }

    private init(expected: String) {
        path = []
        self.expected = expected
        found = "more"
        isTooLarge = true
    }

    static let tooLarge = RecordFault(expected: "a record of at most \(StoreBounds.documentBytes) bytes")

    /// The same fault of a value inside a container.
    func inside(_ name: UnsafeBufferPointer<UInt8>) -> RecordFault {
        var fault = self
        fault.path.insert(String(decoding: name, as: UTF8.self), at: 0)
        return fault
    }

    /// `secrets`: names of fields whose values are not shown.
    func reason(item: Int, hiding secrets: Set<String>) -> Reason {
        let pointer = JSONPointer(["items", String(item)] + path)
        if isTooLarge {
            return Reason(
                item: item, code: .tooLarge, pointer: pointer, expected: expected, found: found,
                text: "\(pointer): with this field the record has more than \(StoreBounds.documentBytes) bytes as BSON,"
                    + " where each number takes 8 or 16 and each element its index besides; split the record, or send"
                    + " long lists of numbers as text")
        }
        let found = path.contains { secrets.contains($0) } ? Reason.secret : found
        return Reason(
            item: item, code: .schema, pointer: pointer, keyword: "x-bson", expected: expected, found: found,
            text: "\(pointer): expected \(expected), found \(found); send it as a string, or name its type in the"
                + " definition")
    }
}
