extension BSONLiteral {
    /// Why a literal is not written: what came from outside would be more than a value.
    package enum Refusal: Error, Equatable, CustomStringConvertible {
        /// A field's name or path holds a NUL, with which BSON ends names.
        case nulInName(String)
        /// A field's name or path begins with `$`.
        case operatorAsField(String)
        /// The value of this member is a document that MongoDB would read as a condition.
        case operatorInValue(of: String)
        /// The bytes given for this member are not a document.
        case noDocument(String)

        package var description: String {
            switch self {
            case .nulInName(let name):
                "a field cannot be named '\(name.split(separator: "\0").joined(separator: "\\0"))', with a NUL in it"
            case .operatorAsField(let name):
                "a field cannot be named '\(name)': names that begin with '$' are operators"
            case .operatorInValue(let name): "the value for '\(name)' is a document with an operator in it"
            case .noDocument(let name): "the bytes for '\(name)' are not a document"
            }
        }
    }

    /// The document's bytes. A literal that is not a document is a programming error, which ends the process.
    package func encoded() throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        try append(to: &bytes)
        return bytes
    }

    /// Appends the document's bytes; where it is refused, nothing.
    package func append(to bytes: inout [UInt8]) throws(Refusal) {
        switch content {
        case .document(let members):
            try bytes.appendDocument { (writer: inout BSONWriter) throws(Refusal) in
                try Self.append(members, in: .data, to: &writer)
            }
        case .raw(let document): bytes += try Self.checked(document, named: "")
        default: preconditionFailure("only a document can be encoded by itself")
        }
    }

    /// Where a value stands, which decides how MongoDB reads a text or a document there.
    private enum Place {
        /// A query, an update, a command.
        case data
        /// The same, right behind an operator: documents are compared, not read.
        case operand
        /// The stages of a pipeline.
        case pipeline
        /// An aggregation expression.
        case expression
        /// Behind `$literal`.
        case literal

        /// Where the value of a member stands whose document stands here.
        func below(_ name: Name, _ value: BSONLiteral) -> Place {
            let name = name.isProgramText ? name.text : ""
            let isArray = if case .array = value.content { true } else { false }
            switch (self, name) {
            case (.literal, _), (.expression, "$literal"): return .literal
            case (.pipeline, "$match"): return .data
            case (_, "pipeline") where isArray: return .pipeline
            case (.pipeline, _), (.expression, _): return .expression
            case (_, "u") where isArray, (_, "update") where isArray: return .pipeline
            case (_, "$expr"), (_, "projection"): return .expression
            case (.data, _), (.operand, _): return name.hasPrefix("$") ? .operand : .data
            }
        }
    }

    private static func append(
        _ members: [Member], in place: Place, to writer: inout BSONWriter
    ) throws(Refusal) {
        for member in members {
            let name = member.name
            if name.bytes.contains(0) { throw .nulInName(name.text) }
            if !name.isProgramText, name.bytes.first == UInt8(ascii: "$") { throw .operatorAsField(name.text) }
            let own = place.below(name, member.value)
            try name.bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) in
                try member.value.append(named: bytes, in: own, to: &writer)
            }
        }
    }

    private func append(
        named name: UnsafeBufferPointer<UInt8>, in place: Place, to writer: inout BSONWriter
    ) throws(Refusal) {
        switch content {
        case .document(let members):
            try writer.append(
                name,
                document: { (inner: inout BSONWriter) throws(Refusal) in
                    try Self.append(members, in: place, to: &inner)
                })
        case .array(let values):
            try writer.append(
                name,
                array: { (inner: inout BSONWriter) throws(Refusal) in
                    try Self.append(elements: values, in: place, to: &inner)
                })
        case .text(let text): writer.append(name, value: BSONValue(string: text))
        case .path(let path): writer.append(name, value: BSONValue(string: try Self.expression(of: path)))
        case .int64(let value): writer.append(name, int64: value)
        case .double(let value): writer.append(name, double: value)
        case .bool(let value): writer.append(name, bool: value)
        case .date(let value): writer.append(name, date: value)
        case .null: writer.append(name, null: ())
        case .raw(let document):
            let named = String(decoding: name, as: UTF8.self)
            writer.append(name, type: BSONType.document.rawValue, document: try Self.checked(document, named: named))
        case .documents(let documents): writer.append(name, documents: documents)
        case .outside(let value): try Self.append(value, named: name, in: place, to: &writer)
        case .absent: break
        }
    }

    private static func append(
        elements: [BSONLiteral], in place: Place, to writer: inout BSONWriter
    ) throws(Refusal) {
        var index = 0
        for element in elements {
            if case .absent = element.content { continue }
            try BSONWriter.withIndexName(index) { (name) throws(Refusal) in
                try element.append(named: name, in: place, to: &writer)
            }
            index += 1
        }
    }

    private static func append(
        _ value: BSONValue, named name: UnsafeBufferPointer<UInt8>, in place: Place, to writer: inout BSONWriter
    ) throws(Refusal) {
        switch place {
        case .pipeline, .expression:
            writer.append(name, document: { $0.append("$literal", value: value) })
        case .data where value.hasOperator: throw .operatorInValue(of: String(decoding: name, as: UTF8.self))
        case .data, .operand, .literal: writer.append(name, value: value)
        }
    }

    private static func expression(of path: String) throws(Refusal) -> String {
        if path.utf8.contains(0) { throw .nulInName(path) }
        if path.hasPrefix("$") { throw .operatorAsField(path) }
        return "$" + path
    }

    private static func checked(_ document: [UInt8], named name: String) throws(Refusal) -> [UInt8] {
        guard document.count >= 5, document.last == 0,
            document.withUnsafeBytes({ Int(Int32(littleEndian: $0.loadUnaligned(as: Int32.self))) }) == document.count
        else { throw .noDocument(name) }
        return document
    }
}

extension BSONValue {
    /// A document with a name that begins with `$`.
    fileprivate var hasOperator: Bool {
        guard type == .document else { return false }
        return withElement { $0.elements?.contains { $0.name.first == UInt8(ascii: "$") } ?? false }
    }
}

extension BSONWriter {
    fileprivate mutating func append(_ name: UnsafeBufferPointer<UInt8>, type: UInt8, document: [UInt8]) {
        document.withUnsafeBytes { append(name, type: type, value: $0) }
    }

    fileprivate mutating func append(_ name: UnsafeBufferPointer<UInt8>, documents: BSONSequence) {
        append(
            name,
            array: { array in
                for index in 0..<documents.count {
                    documents.withDocument(index) { document in
                        Self.withIndexName(index) {
                            array.append($0, type: BSONType.document.rawValue, value: document)
                        }
                    }
                }
            })
    }
}

extension BSONSequence {
    /// Appends one document; where it is refused, nothing.
    package mutating func append(_ literal: BSONLiteral) throws(BSONLiteral.Refusal) {
        try append { (bytes: inout [UInt8]) throws(BSONLiteral.Refusal) in try literal.append(to: &bytes) }
    }
}
