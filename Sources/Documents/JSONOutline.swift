internal import CSimdJSON

/// Where the items of a large JSON text are, found without a tape of it: a tape takes up to eight times the bytes of the
/// text. The items are then read window by window.
package struct JSONOutline: Sendable, Equatable {
    /// Bounds of what is between the brackets of the array; nil where no array stands at the path.
    package let elements: Range<Int>?
    /// Elements of the array.
    package let count: Int
    /// Whether the outermost value is an object.
    package let isObject: Bool
    /// Whether the outermost value is an array.
    package let isArray: Bool

    /// Finds the same errors at the same places as ``JSONParser``. `path`: of the array; of members with one name the first
    /// counts.
    package init(
        of text: [UInt8], arrayAt path: [String], maximumDepth: Int = JSONParser.defaultDepth
    ) throws(JSONSyntaxError) {
        var outline = promo_json_outline()
        var offset = 0
        let names = path.map { Array($0.utf8) }
        let bytes = names.flatMap { $0 }
        let result = text.withUnsafeBufferPointer { text in
            bytes.withUnsafeBufferPointer { bytes in
                var at = 0
                let path = names.map { name in
                    defer { at += name.count }
                    return promo_json_name(bytes: bytes.baseAddress.map { $0 + at }, length: name.count)
                }
                // A null pointer is no text.
                guard let base = text.baseAddress else { return promo_json_empty }
                return promo_json_outline_of(
                    base, text.count, UInt32(clamping: maximumDepth), path, path.count, &outline, &offset)
            }
        }
        guard result == promo_json_ok else {
            throw text.withUnsafeBufferPointer { JSONSyntaxError(result, offset: offset, in: $0) }
        }
        elements = outline.is_found == 1 ? Int(outline.start)..<Int(outline.end) : nil
        count = Int(outline.count)
        isObject = outline.root == UInt8(ascii: "{")
        isArray = outline.root == UInt8(ascii: "[")
    }
}

/// Elements of an array that are read together.
package struct JSONWindow: Sendable, Equatable {
    package struct Bounds: Sendable {
        package var elements: Int
        package var bytes: Int
        /// Tokens of the tape, of 16 bytes each.
        package var nodes: Int

        package init(elements: Int, bytes: Int, nodes: Int) {
            self.elements = elements
            self.bytes = bytes
            self.nodes = nodes
        }
    }

    /// Of the text.
    package let bytes: Range<Int>
    package let count: Int
    /// Where the next window begins.
    package let next: Int
    /// Bytes that the largest of the elements takes at least as BSON.
    package let storedBytes: Int

    /// As many elements as fit, but at least one. `start`: inside the array of an outline of this text.
    package init(of text: [UInt8], at start: Int, within bounds: Bounds) {
        let window = text.withUnsafeBufferPointer { text in
            promo_json_window_at(
                text.baseAddress, text.count, start, UInt64(max(1, bounds.elements)), max(1, bounds.bytes),
                UInt64(max(1, bounds.nodes)))
        }
        bytes = Int(window.start)..<Int(window.end)
        count = Int(window.count)
        next = Int(window.next)
        storedBytes = Int(clamping: window.stored)
    }
}

extension JSONDocument {
    /// An array of the one element that this text is, none of whose insides can be looked at; its bytes can.
    package static func unread(element text: ArraySlice<UInt8>) -> JSONDocument {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: text.count)
        text.withUnsafeBufferPointer { from in
            if let base = from.baseAddress { bytes.initialize(from: base, count: from.count) }
        }
        var tape = promo_json_tape()
        guard promo_json_tape_of_unread(bytes, UInt32(clamping: text.count), &tape) == promo_json_ok,
            let nodes = tape.nodes
        else { fatalError("out of memory") }
        return JSONDocument(
            takingOwnershipOf: Tape(
                text: bytes, textCount: text.count,
                nodes: UnsafeRawPointer(nodes).assumingMemoryBound(to: TapeNode.self), nodeCount: Int(tape.count),
                arena: nil),
            hasDuplicateNames: false)
    }
}
