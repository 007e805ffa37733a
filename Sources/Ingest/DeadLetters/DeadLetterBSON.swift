internal import BSON
internal import Contracts
internal import JSON

extension Reason {
    /// Writes a reason as a document of a dead letter; missing fields are null.
    func append(to writer: inout BSONWriter) {
        if let item { writer.append("item", int64: Int64(item)) } else { writer.append("item", null: ()) }
        writer.append("code", string: code.rawValue)
        writer.append("pointer", string: pointer.description)
        writer.append("keyword", string: keyword)
        writer.append("expected", string: expected)
        writer.append("found", string: found)
        writer.append("text", string: text)
        if let position {
            writer.append("line", int64: Int64(position.line))
            writer.append("column", int64: Int64(position.column))
        } else {
            writer.append("line", null: ())
            writer.append("column", null: ())
        }
    }
}

extension [MessageProperties.Header] {
    /// The headers that fit into `limit` bytes of a document, and the number of omitted ones.
    func within(_ limit: Int) -> (kept: [MessageProperties.Header], left: Int) {
        var left = limit
        let kept = filter { header in
            let size = header.byteCount
            guard size <= left else { return false }
            left -= size
            return true
        }
        return (kept, count - kept.count)
    }
}

extension MessageProperties.Header {
    /// Upper bound of its size in a document.
    fileprivate var byteCount: Int { name.utf8.count + Self.byteCount(of: value, depth: 0) }

    private static func byteCount(of value: HeaderValue, depth: Int) -> Int {
        switch value {
        case .null, .bool, .integer, .double, .decimal, .timestamp: 20
        case .string(let text): 8 + text.utf8.count
        case .bytes(let bytes): 8 + bytes.count
        // Element names are indices.
        case .array(let values):
            depth < maximumDepth
                ? values.reduce(8) { $0 + 12 + byteCount(of: $1, depth: depth + 1) } : 8
        case .table(let members):
            depth < maximumDepth
                ? members.reduce(8) { $0 + 2 + $1.name.utf8.count + byteCount(of: $1.value, depth: depth + 1) } : 8
        }
    }
}

extension [Reason] {
    /// The reasons one dead letter holds; the last one gives the number of omitted ones. A dead letter of items holds
    /// all.
    var ofOneLetter: [Reason] {
        var left = StoreBounds.reasonsBytes
        for (number, reason) in enumerated() {
            left -= reason.byteCount
            if left < 0, number > 0 {
                var kept = Array(prefix(number))
                kept[number - 1].text += " (and \(count - number) more reasons)"
                return kept
            }
        }
        return self
    }
}
