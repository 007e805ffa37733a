internal import CSimdJSON

/// A parsed JSON text: its bytes and a flat tape of tokens that point into them.
///
/// Immutable, so readable from any thread. ``withRoot(_:)`` and ``withNode(_:_:)`` lend nodes, which must not escape
/// the closure.
@usableFromInline package final class JSONDocument: Sendable {
    /// The text, the tape and the unescaped strings. Written once, in `init`.
    @usableFromInline let tape: Tape

    /// Bytes of the text.
    package var byteCount: Int { tape.textCount }
    /// Bytes of memory held by the document.
    package var heldBytes: Int {
        tape.textCount * (tape.arena == nil ? 1 : 2) + tape.nodeCount * MemoryLayout<TapeNode>.stride
    }
    /// Whether any object has a repeated member name; see ``JSONNode/hasDuplicateNames``.
    package let hasDuplicateNames: Bool

    init(takingOwnershipOf tape: Tape, hasDuplicateNames: Bool) {
        self.tape = tape
        self.hasDuplicateNames = hasDuplicateNames
    }

    deinit {
        tape.text.deallocate()
        var owned = promo_json_tape(
            nodes: UnsafeMutableRawPointer(mutating: tape.nodes).assumingMemoryBound(to: promo_json_node.self),
            count: UInt32(tape.nodeCount), duplicates: 0, arena: UnsafeMutablePointer(mutating: tape.arena))
        promo_json_tape_free(&owned)
    }

    /// Lends the root value.
    @inlinable
    package func withRoot<Result, Failure: Error>(
        _ body: (JSONNode) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(JSONNode(tape: tape, index: 0))
    }

    /// Lends the value at an index from ``JSONNode/index``.
    @inlinable
    package func withNode<Result, Failure: Error>(
        _ index: Int, _ body: (JSONNode) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(index >= 0 && index < tape.nodeCount, "no such node")
        defer { withExtendedLifetime(self) {} }
        return try body(JSONNode(tape: tape, index: index))
    }

    /// Lends the original text.
    package func withText<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeBufferPointer(start: tape.text, count: tape.textCount))
    }

    /// Line and column of a byte of the text.
    package func position(ofByte offset: Int) -> TextPosition {
        withText { TextPosition(ofByte: offset, in: $0) }
    }
}

/// A document's memory as unsafe pointers, for fast traversal.
///
/// `@unchecked Sendable`: written before the first document that owns it exists, and never after.
@usableFromInline
package struct Tape: @unchecked Sendable {
    @usableFromInline let text: UnsafePointer<UInt8>
    @usableFromInline let textCount: Int
    @usableFromInline let nodes: UnsafePointer<TapeNode>
    @usableFromInline let nodeCount: Int
    @usableFromInline let arena: UnsafePointer<UInt8>?
}

/// One token, with the layout of `promo_json_node` in CSimdJSON.h; `JSONParser` checks that they agree.
@usableFromInline
package struct TapeNode {
    @usableFromInline let start: UInt32
    @usableFromInline let length: UInt32
    @usableFromInline let next: UInt32
    @usableFromInline let height: UInt16
    @usableFromInline let kind: UInt8
    @usableFromInline let flags: UInt8
}
