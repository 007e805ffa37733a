internal import CSimdJSON

/// Parses JSON text to documents. Reuses its buffers: one thread at a time.
///
/// Strict RFC 8259: no comments, no trailing commas, no lone surrogates, valid UTF-8. Repeated member names are not a
/// syntax error; the objects report them (``JSONNode/hasDuplicateNames``).
package final class JSONParser {
    /// Maximum container nesting; deeper texts are rejected with ``JSONSyntaxError/Code/tooDeep``.
    package static let defaultDepth = 1000

    private let parser: OpaquePointer
    private let maximumDepth: Int

    package init(maximumDepth: Int = JSONParser.defaultDepth) {
        precondition(
            MemoryLayout<TapeNode>.stride == MemoryLayout<promo_json_node>.stride
                && MemoryLayout<TapeNode>.offset(of: \.flags) == MemoryLayout<promo_json_node>.offset(of: \.flags),
            "TapeNode and promo_json_node differ")
        guard let parser = promo_json_parser_new() else { fatalError("out of memory") }
        self.parser = parser
        self.maximumDepth = maximumDepth
    }

    deinit { promo_json_parser_free(parser) }

    /// Parses a copy of the bytes.
    package func parse(copying bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> JSONDocument {
        let text = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + Int(PROMO_JSON_PADDING))
        if let base = bytes.baseAddress { UnsafeMutableRawPointer(text).copyMemory(from: base, byteCount: bytes.count) }
        (text + bytes.count).initialize(repeating: 0, count: Int(PROMO_JSON_PADDING))

        var tape = promo_json_tape()
        var offset = 0
        let result = promo_json_parse(parser, text, bytes.count, UInt32(clamping: maximumDepth), &tape, &offset)
        guard result == promo_json_ok, let nodes = tape.nodes else {
            defer { text.deallocate() }
            throw JSONSyntaxError(result, offset: offset, in: UnsafeBufferPointer(start: text, count: bytes.count))
        }
        return JSONDocument(
            takingOwnershipOf: Tape(
                text: text, textCount: bytes.count,
                nodes: UnsafeRawPointer(nodes).assumingMemoryBound(to: TapeNode.self), nodeCount: Int(tape.count),
                arena: tape.arena),
            hasDuplicateNames: tape.duplicates > 0)
    }

    /// Parses a copy of the bytes.
    package func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONDocument {
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(JSONSyntaxError) in try parse(copying: raw) }
        }
        return try result.get()
    }

    /// Parses a string's UTF-8.
    package func parse(_ text: String) throws(JSONSyntaxError) -> JSONDocument { try parse(Array(text.utf8)) }
}
