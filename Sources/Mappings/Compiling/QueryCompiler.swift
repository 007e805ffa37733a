internal import JSON
internal import BSON
internal import Yams

/// Compiles a MongoDB query written in YAML. Operators have the server's names; `$date`, `$oid` and `$decimal` denote
/// values that YAML lacks.
struct QueryCompiler {
    let reader: NodeReader

    /// The query that matches every document.
    static let everything: [UInt8] = [5, 0, 0, 0, 0]

    /// Operators that run code or read other collections.
    private static let forbidden = ["$where", "$function", "$accumulator", "$expr", "$text"]

    func query(_ node: Node) -> [UInt8]? {
        guard node.mapping != nil else {
            reader.add(node, "type", "filter: expected fields and what they must be, found \(NodeReader.shown(node))")
            return nil
        }
        var bytes: [UInt8] = []
        bytes.appendDocument { append(node, to: &$0) }
        return bytes
    }

    /// A document without operators.
    func document(_ node: Node) -> [UInt8]? {
        guard node.mapping != nil else {
            reader.add(node, "type", "documents: expected fields and values, found \(NodeReader.shown(node))")
            return nil
        }
        var bytes: [UInt8] = []
        bytes.appendDocument { append(node, to: &$0) }
        return bytes
    }

    private func append(_ node: Node, to document: inout BSONWriter) {
        for (name, key, value) in reader.pairs(node, what: "filter") {
            if Self.forbidden.contains(name) {
                reader.add(key, "filter", "filter: '\(name)' is not allowed here; compare fields")
                continue
            }
            if name.utf8.contains(0) { continue }
            var text = name
            text.withUTF8 { append(value, named: $0, to: &document) }
        }
    }

    private func append(_ node: Node, named name: UnsafeBufferPointer<UInt8>, to document: inout BSONWriter) {
        switch node {
        case .mapping(let mapping):
            if mapping.count == 1, let (key, value) = mapping.first, let word = key.scalar?.string,
                ["$date", "$oid", "$decimal", "$double"].contains(word)
            {
                return append(special: word, value, named: name, to: &document)
            }
            document.append(name, document: { append(node, to: &$0) })
        case .sequence(let sequence):
            document.append(
                name,
                array: { array in
                    for (index, element) in sequence.enumerated() {
                        BSONWriter.withIndexName(index) { append(element, named: $0, to: &array) }
                    }
                })
        case .scalar(let scalar): append(scalar, node, named: name, to: &document)
        case .alias: break
        }
    }

    private func append(
        special word: String, _ node: Node, named name: UnsafeBufferPointer<UInt8>, to document: inout BSONWriter
    ) {
        guard var text = reader.text(node, what: word) else { return }
        if word == "$decimal" {
            guard
                let decimal = text.withUTF8({ Decimals.isJSONNumber($0) ? Decimal128(JSONNumber(validText: $0)) : nil })
            else {
                return reader.add(
                    node, "filter", "$decimal: expected a number such as 12.50, found '\(text.prefix(60))'")
            }
            return document.append(name, decimal: decimal)
        }
        if word == "$double" {
            guard let double = Double(text) else {
                return reader.add(
                    node, "filter", "$double: expected a number, NaN or Infinity, found '\(text.prefix(60))'")
            }
            return document.append(name, double: double)
        }
        if word == "$oid" {
            guard let id = ObjectID(hex: text) else {
                return reader.add(node, "filter", "$oid: expected 24 hexadecimal digits, found '\(text.prefix(60))'")
            }
            return document.append(name, objectID: id)
        }
        guard let moment = text.withUTF8({ Instant.milliseconds(iso8601: $0) }) else {
            return reader.add(
                node, "filter", "$date: expected such as 2021-03-01T00:00:00Z, found '\(text.prefix(60))'")
        }
        document.append(name, date: moment)
    }

    private func append(
        _ scalar: Node.Scalar, _ node: Node, named name: UnsafeBufferPointer<UInt8>, to document: inout BSONWriter
    ) {
        switch YAMLValue.kind(of: scalar) {
        case .null: document.append(name, null: ())
        case .bool(let value): document.append(name, bool: value)
        case .number:
            if let whole = Int64(scalar.string) {
                document.append(name, int64: whole)
            } else {
                document.append(name, double: Double(scalar.string) ?? 0)
            }
        case .text:
            var text = reader.text(node, what: "filter", allowsEmpty: true) ?? ""
            text.withUTF8 { document.append(name, string: $0) }
        }
    }
}
