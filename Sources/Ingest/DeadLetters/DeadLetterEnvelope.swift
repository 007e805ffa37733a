package import BSON
internal import Contracts
package import JSON
internal import Schemas

/// The failed items of one message in its own envelope: a valid catalog message again, once fixed.
///
/// Stored as a document where every value can be one exactly; as JSON text where an item repeats a name, is nested too
/// deep, or holds a number that no type of the store has, and where the document would be too large for a dead letter.
package struct DeadLetterEnvelope {
    /// Deeper items are kept as text: the store nests documents at most 200 levels, drivers and tools less.
    private static let documentDepth = 90

    let catalog: CatalogMessage
    let items: [JSONNode]

    /// Size as a document; nil if it cannot be one.
    var documentBytes: Int? {
        var size = 128 + catalog.companyId.bytes.count + catalog.definition.catalog.utf8.count
        if let node = catalog.paramsNode {
            guard let params = catalog.paramsDocument.withNode(node, { Self.byteCount(of: $0, nameBytes: 6) }) else {
                return nil
            }
            size += params
        }
        for item in items {
            guard let own = Self.byteCount(of: item, nameBytes: Self.mostDigits) else { return nil }
            size += own
        }
        return size
    }

    /// Maximum digits of an element's index.
    private static let mostDigits = 10

    /// Size of the value as a BSON element, name included; nil if it cannot be represented exactly.
    static func byteCount(of node: JSONNode, nameBytes: Int = 7) -> Int? {
        // An unparsed value is kept as text.
        if node.isUnread { return nil }
        let head = 2 + nameBytes
        switch node.kind {
        case .null: return head
        case .true, .false: return head + 1
        case .string: return head + 5 + node.utf8.count
        case .number: return ExactNumber(node).map { head + $0.byteCount }
        case .array:
            guard node.height <= documentDepth else { return nil }
            var size = head + 5
            var (index, digits, next) = (0, 1, 10)
            for element in node.elements {
                if index == next { (digits, next) = (digits + 1, next * 10) }
                guard let own = byteCount(of: element, nameBytes: digits) else { return nil }
                size += own
                index += 1
            }
            return size
        case .object:
            guard node.height <= documentDepth, !node.hasDuplicateNames else { return nil }
            var size = head + 5
            for member in node.members {
                let name = member.name.utf8
                guard !name.contains(0), let own = byteCount(of: member.value, nameBytes: name.count) else {
                    return nil
                }
                size += own
            }
            return size
        }
    }

    /// Whether the value is stored as a document: it can be one exactly, and is small enough to stand in a dead letter.
    package static func isStoredAsDocument(_ node: JSONNode) -> Bool {
        node.isObject && byteCount(of: node).map { $0 <= StoreBounds.payloadBytes } == true
    }

    func append(to writer: inout BSONWriter) {
        writer.append("companyId", string: catalog.companyId)
        writer.append("catalog", string: catalog.definition.catalog)
        if let params = catalog.paramsNode {
            catalog.paramsDocument.withNode(params) {
                Self.append($0, named: BSONWriter.bytes(of: "params"), to: &writer)
            }
        }
        writer.append(
            "items",
            array: { inner in
                for (index, item) in items.enumerated() {
                    BSONWriter.withIndexName(index) { Self.append(item, named: $0, to: &inner) }
                }
            })
    }

    package static func append(
        _ node: JSONNode, named name: UnsafeBufferPointer<UInt8>, to writer: inout BSONWriter
    ) {
        switch node.kind {
        case .null: writer.append(name, null: ())
        case .true: writer.append(name, bool: true)
        case .false: writer.append(name, bool: false)
        case .string: writer.append(name, string: node.utf8)
        case .number: ExactNumber(node)?.append(named: name, to: &writer)
        case .array:
            writer.append(
                name,
                array: { inner in
                    for (index, element) in node.elements.enumerated() {
                        BSONWriter.withIndexName(index) { append(element, named: $0, to: &inner) }
                    }
                })
        case .object:
            writer.append(
                name,
                document: { inner in
                    for member in node.members { append(member.value, named: member.name.utf8, to: &inner) }
                })
        }
    }

    /// As JSON text; items byte for byte as the sender wrote them.
    func appendText(to out: inout [UInt8]) {
        out.append(contentsOf: #"{"companyId":"#.utf8)
        JSONText.append(string: catalog.companyId.description, to: &out)
        out.append(contentsOf: #","catalog":"#.utf8)
        JSONText.append(string: catalog.definition.catalog, to: &out)
        if let params = catalog.paramsNode {
            out.append(contentsOf: #","params":"#.utf8)
            catalog.paramsDocument.withNode(params) { out.append(contentsOf: $0.rawText) }
        }
        out.append(contentsOf: #","items":["#.utf8)
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: item.rawText)
        }
        out.append(contentsOf: "]}".utf8)
    }
}

/// The first exact BSON representation of a number: int64, double, decimal.
private enum ExactNumber {
    case int64(Int64)
    case double(Double)
    case decimal(Decimal128)

    init?(_ node: JSONNode) {
        guard let number = node.number else { return nil }
        if number.isPlainInteger, let value = number.int64, String(value) == number.text {
            self = .int64(value)
        } else if let value = number.double, "\(value)" == number.text {
            self = .double(value)
        } else if let value = Decimal128(number), value.description == number.text {
            self = .decimal(value)
        } else if let value = Decimal128(number), number.digits.count <= Decimal128.maximumDigits {
            // Possibly in another notation (1e3 for 1E+3), with the same digits and value.
            self = .decimal(value)
        } else {
            return nil
        }
    }

    var byteCount: Int { if case .decimal = self { 16 } else { 8 } }

    func append(named name: UnsafeBufferPointer<UInt8>, to writer: inout BSONWriter) {
        switch self {
        case .int64(let value): writer.append(name, int64: value)
        case .double(let value): writer.append(name, double: value)
        case .decimal(let value): writer.append(name, decimal: value)
        }
    }
}
