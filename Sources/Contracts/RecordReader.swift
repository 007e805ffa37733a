package import BSON
internal import JSON

/// Reads records for those who ask for them: only what was stored durably. Calls may be concurrent.
package protocol RecordReader: Sendable {
    /// The documents in their order, as many as the limit.
    func read(_ query: RecordQuery) async throws(StoreError) -> BSONSequence
}

/// Documents of one collection. All values are data.
package struct RecordQuery: Sendable {
    /// The place of a document in the order.
    package struct Place: Sendable, Equatable {
        /// Nil: the order is that of `_id`.
        package var value: BSONValue?
        package var id: BSONValue

        package init(value: BSONValue?, id: BSONValue) {
            self.value = value
            self.id = id
        }
    }

    package var collection: String
    /// Fields with the values that they must equal.
    package var conditions: [(field: String, value: BSONValue)]
    /// The field that orders them, before `_id`.
    package var order: String?
    package var isDescending: Bool
    /// Only those that come after this place.
    package var after: Place?
    package var limit: Int

    /// Bytes after which a read ends early, with the document that exceeds them.
    package static let mostBytes = 16 << 20

    package init(
        collection: String, conditions: [(field: String, value: BSONValue)], order: String? = nil,
        isDescending: Bool = false, after: Place? = nil, limit: Int
    ) {
        self.collection = collection
        self.conditions = conditions
        self.order = order
        self.isDescending = isDescending
        self.after = after
        self.limit = limit
    }
}

// MARK: - A place as text

extension RecordQuery.Place {
    /// Hexadecimal digits, for an address. Whatever comes back is data.
    package var text: String {
        var bytes: [UInt8] = []
        bytes.appendDocument { writer in
            if let value { writer.append("o", value: value) }
            writer.append("i", value: id)
        }
        return Hexadecimal.text(bytes)
    }

    private static let mostDigits = 4096

    /// Nil for a text that ``text`` does not make.
    package init?(text: String) {
        guard text.utf8.count <= Self.mostDigits, let bytes = Hexadecimal.bytes(text) else { return nil }
        guard bytes.count >= 5, bytes.last == 0,
            bytes.withUnsafeBytes({ Int32(littleEndian: $0.loadUnaligned(as: Int32.self)) }) == Int32(bytes.count)
        else { return nil }
        var members: [String: BSONValue] = [:]
        var end = 4
        bytes.withUnsafeBytes { document in
            for element in BSONElements(document) {
                members[element.nameText] = Self.isPlain(element) ? BSONValue(copying: element) : nil
                end += element.whole.count
            }
        }
        guard let id = members["i"], end + 1 == bytes.count, members.count == (members["o"] == nil ? 1 : 2) else {
            return nil
        }
        self.init(value: members["o"], id: id)
    }

    /// Whether it is a single value, and readable.
    private static func isPlain(_ element: BSONElement) -> Bool {
        switch element.type {
        case .string: isText(element)
        case .int32, .int64, .double, .decimal128, .bool, .date, .objectID, .null, .timestamp: true
        default: false
        }
    }

    /// Whether its length is right, and its bytes are UTF-8.
    private static func isText(_ element: BSONElement) -> Bool {
        guard element.value.count >= 5, element.value.last == 0, let text = element.string,
            Int32(littleEndian: element.value.loadUnaligned(as: Int32.self)) == Int32(clamping: text.count + 1)
        else { return false }
        return String(validating: text, as: UTF8.self) != nil
    }
}
