internal import JSON

extension Reason {
    /// Why an item's version cannot order it; nil if it can. Without one, an item would pass unordered.
    static func version(of item: JSONNode, _ field: ByteString, index: Int) -> Reason? {
        let value = field.bytes.withUnsafeBufferPointer { name in
            item.members.first { $0.name.isString(name) }?.value
        }
        let found: String
        switch value?.kind {
        case .number: return nil
        case .string:
            guard let count = value?.utf8.count, count == 0 || count > mostVersionBytes else { return nil }
            found = count == 0 ? "an empty text" : "a text of \(count) bytes"
        case .null: found = "null"
        case .true, .false: found = "a boolean"
        case .array: found = "an array"
        case .object: found = "an object"
        case nil: found = "nothing"
        }
        let name = field.description
        let pointer = JSONPointer(["items", String(index), name])
        return Reason(
            item: index, code: .schema, pointer: pointer, keyword: "versionField",
            expected: "a version: a number, a date or a text of at most \(mostVersionBytes) bytes", found: found,
            text: "\(pointer): expected a version, found \(found); the route orders updates by '\(name.prefix(60))':"
                + " send it with every item, deletions too, as a number, a date or a short text")
    }

    private static let mostVersionBytes = 256
}
