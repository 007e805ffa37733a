internal import CSimdJSON

/// Locates the items of a large JSON text without building a tape, which takes up to eight times the text's size. Items
/// are then parsed window by window.
package struct JSONOutline: Sendable, Equatable {
    /// Byte range between the array's brackets; nil if the path does not lead to an array.
    package let elements: Range<Int>?
    /// Number of elements of the array.
    package let count: Int
    /// Whether the root is an object.
    package let isObject: Bool
    /// Whether the root is an array.
    package let isArray: Bool

    /// Reports the same errors at the same offsets as ``JSONParser``. `path`: member names leading to the array; of
    /// repeated names the first counts.
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
                // A null pointer means an empty text.
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

/// A range of array elements that is parsed at once.
package struct JSONWindow: Sendable, Equatable {
    package struct Bounds: Sendable {
        package var elements: Int
        package var bytes: Int
        /// Maximum number of tape tokens, 16 bytes each.
        package var nodes: Int

        package init(elements: Int, bytes: Int, nodes: Int) {
            self.elements = elements
            self.bytes = bytes
            self.nodes = nodes
        }
    }

    /// Byte range in the text.
    package let bytes: Range<Int>
    package let count: Int
    /// Offset of the next window.
    package let next: Int
    /// Lower bound of the largest element's BSON size, in bytes.
    package let storedBytes: Int

    /// Takes as many elements as fit, at least one. `start`: an offset within the array of this text's outline.
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
    /// An array with one element that is not parsed: its content cannot be read, only its bytes.
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
