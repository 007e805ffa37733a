internal import Documents
internal import Records
internal import Schemas

/// The failed items of one message under its own envelope: a valid catalog message again, once mended.
///
/// Stored as a document where every value can be one exactly; as JSON text where an item repeats a name, is nested too
/// deep, or holds a number that no type of the store has.
struct DeadLetterEnvelope {
    /// Deeper items are kept as text: the store nests documents at most 200 levels, drivers and tools less.
    private static let documentDepth = 90

    let catalog: CatalogMessage
    let items: [JSONNode]

    var canBeDocument: Bool {
        let params = catalog.paramsNode.map { node in catalog.paramsDocument.withNode(node) { Self.canBeValue($0) } }
        return params != false && items.allSatisfy { Self.canBeValue($0) }
    }

    static func canBeValue(_ node: JSONNode) -> Bool {
        // What was not looked into is kept as the text that it is.
        if node.isUnread { return false }
        switch node.kind {
        case .number: return ExactNumber(node) != nil
        case .array:
            return node.height <= documentDepth && node.elements.allSatisfy { canBeValue($0) }
        case .object:
            return node.height <= documentDepth && !node.hasDuplicateNames
                && node.members.allSatisfy { !$0.name.utf8.contains(0) && canBeValue($0.value) }
        default: return true
        }
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

    static func append(
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

    /// The same as JSON text, byte for byte as the sender wrote the items.
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

/// A number in the first type of the store that keeps it as it was written: int64, a double, a decimal.
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
            // Written in another way (1e3 for 1E+3), the same digits and the same value.
            self = .decimal(value)
        } else {
            return nil
        }
    }

    func append(named name: UnsafeBufferPointer<UInt8>, to writer: inout BSONWriter) {
        switch self {
        case .int64(let value): writer.append(name, int64: value)
        case .double(let value): writer.append(name, double: value)
        case .decimal(let value): writer.append(name, decimal: value)
        }
    }
}
