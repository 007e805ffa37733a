internal import Documents
internal import Records

extension Reason {
    /// As a document of a dead letter: every field, null where there is nothing to say.
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
