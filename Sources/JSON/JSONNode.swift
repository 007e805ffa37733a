/// The type of a JSON value.
@usableFromInline package enum JSONKind: UInt8, Sendable {
    case null, `false`, `true`, number, string, array, object
}

/// A value of a ``JSONDocument``, read in place.
///
/// A pointer and an index: cheap to copy, valid only while the document lives (lent by ``JSONDocument/withRoot(_:)``,
/// never kept). Not Sendable for that reason.
///
/// `@usableFromInline` on the type lets other modules inline its members; without it `@inlinable` has no effect.
@usableFromInline package struct JSONNode {
    @usableFromInline let tape: Tape
    /// The value's index on the tape, for ``JSONDocument/withNode(_:_:)``.
    @usableFromInline package let index: Int

    @inlinable
    init(tape: Tape, index: Int) {
        self.tape = tape
        self.index = index
    }

    @inlinable var token: TapeNode { tape.nodes[index] }

    @inlinable package var kind: JSONKind { unsafeBitCast(token.kind, to: JSONKind.self) }
    @inlinable package var isObject: Bool { kind == .object }
    @inlinable package var isArray: Bool { kind == .array }
    @inlinable package var isString: Bool { kind == .string }
    @inlinable package var isNull: Bool { kind == .null }

    /// The boolean value; nil for other types.
    @inlinable package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Offset of the value's first byte in the text.
    @inlinable package var byteOffset: Int { Int(token.start) }

    /// Whether this container was not parsed (``JSONDocument/unread(element:)``): only its bytes are known.
    @inlinable package var isUnread: Bool { kind.rawValue >= JSONKind.array.rawValue && token.flags & 8 != 0 }

    /// Number of elements of an array or members of an object; else 0.
    @inlinable package var count: Int {
        kind.rawValue >= JSONKind.array.rawValue && token.flags & 8 == 0 ? Int(token.length) : 0
    }

    /// Nesting depth of containers from here down, this one included; 0 for a scalar, 65535 for that many or more.
    @inlinable package var height: Int { kind.rawValue >= JSONKind.array.rawValue ? Int(token.height) : 0 }

    /// Whether this object itself has a repeated member name (not those nested in it).
    @inlinable package var hasDuplicateNames: Bool { kind == .object && token.flags & 4 != 0 }

    /// Index of the first node after this value and its descendants.
    @inlinable package var endIndex: Int {
        kind.rawValue >= JSONKind.array.rawValue ? Int(token.next) : index + 1
    }

    /// Approximate size of the value in the text, in bytes, without a walk.
    @inlinable package var byteSpan: Int {
        let last = tape.nodes[endIndex - 1]
        let length = last.kind >= JSONKind.array.rawValue ? 1 : Int(last.length)
        return max(0, Int(last.start) + length - Int(token.start))
    }

    /// The value of a string, or the text of a number or literal, as UTF-8. Empty for containers.
    @inlinable package var utf8: UnsafeBufferPointer<UInt8> {
        let token = self.token
        switch kind {
        case .string:
            if token.flags & 1 != 0, let arena = tape.arena {
                return UnsafeBufferPointer(start: arena + Int(token.next), count: Int(token.length))
            }
            return UnsafeBufferPointer(start: tape.text + Int(token.start) + 1, count: Int(token.length))
        case .array, .object:
            return UnsafeBufferPointer(start: nil, count: 0)
        default:
            return UnsafeBufferPointer(start: tape.text + Int(token.start), count: Int(token.length))
        }
    }

    /// The string value; nil for other types.
    package var string: String? { kind == .string ? String(decoding: utf8, as: UTF8.self) : nil }

    /// The number with all its digits; nil for other types.
    package var number: JSONNumber? { kind == .number ? JSONNumber(validText: utf8) : nil }

    /// The value as a 64-bit integer; nil if it is not a number, not integral, or out of range. Usually does not
    /// allocate.
    package var int64: Int64? {
        guard kind == .number else { return nil }
        if let small = SmallDecimal(utf8), small.exponent == 0, let value = Int64(exactly: small.magnitude) {
            return small.isNegative ? -value : value
        }
        return JSONNumber(validText: utf8).int64
    }

    /// The double whose shortest representation has exactly these digits; nil if it is not a number or a double would
    /// change it. Usually does not allocate.
    package var exactDouble: Double? {
        guard kind == .number else { return nil }
        return SmallDecimal(utf8)?.exactDouble ?? JSONNumber(validText: utf8).exactDouble
    }

    /// Whether this is a number without fraction and exponent.
    @inlinable package var isPlainInteger: Bool { kind == .number && token.flags & 2 == 0 }

    /// Whether the value is a string with exactly these bytes.
    @inlinable
    package func isString(_ other: StaticString) -> Bool {
        guard kind == .string else { return false }
        let own = utf8
        guard own.count == other.utf8CodeUnitCount else { return false }
        for i in 0..<own.count where own[i] != other.utf8Start[i] { return false }
        return true
    }

    /// Whether the value is a string with exactly these bytes.
    @inlinable
    package func isString(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard kind == .string else { return false }
        let own = utf8
        guard own.count == other.count else { return false }
        for i in 0..<own.count where own[i] != other[i] { return false }
        return true
    }

    /// The bytes of the value in the text.
    package var rawText: UnsafeBufferPointer<UInt8> {
        let start = Int(token.start)
        return UnsafeBufferPointer(start: tape.text + start, count: rawEnd - start)
    }

    /// Offset just after the value's last byte.
    private var rawEnd: Int {
        let token = self.token
        switch kind {
        case .string:
            guard token.flags & 1 != 0 else { return Int(token.start) + Int(token.length) + 2 }
            var at = Int(token.start) + 1
            while tape.text[at] != UInt8(ascii: "\"") { at += tape.text[at] == UInt8(ascii: "\\") ? 2 : 1 }
            return at + 1
        case .array, .object:
            if token.flags & 8 != 0 { return Int(token.start) + Int(token.length) }
            // Only white space can follow between the last descendant and the closing bracket.
            var at = Int(token.start) + 1
            if token.length > 0 {
                var last = JSONNode(tape: tape, index: index + 1)
                if kind == .array {
                    for element in elements { last = element }
                } else {
                    for member in members { last = member.value }
                }
                at = last.rawEnd
            }
            let close = kind == .array ? UInt8(ascii: "]") : UInt8(ascii: "}")
            while tape.text[at] != close { at += 1 }
            return at + 1
        default:
            return Int(token.start) + Int(token.length)
        }
    }
}

// MARK: - Members and elements

extension JSONNode {
    /// The elements of an array, in order; empty for other types.
    @inlinable package var elements: Elements {
        Elements(tape: tape, at: index + 1, end: kind == .array ? endIndex : index + 1)
    }

    /// The elements from a node on; it must be an element or the end.
    @inlinable
    package func elements(from index: Int) -> Elements {
        Elements(tape: tape, at: index, end: kind == .array ? endIndex : index)
    }

    /// The members of an object in document order, including repeated names; empty for other types.
    @inlinable package var members: Members {
        Members(tape: tape, at: index + 1, end: kind == .object ? endIndex : index + 1)
    }

    /// The first member of that name; nil if absent or not an object.
    @inlinable
    package subscript(name: StaticString) -> JSONNode? {
        for member in members where member.name.isString(name) { return member.value }
        return nil
    }

    /// The first member of that name; nil if absent or not an object.
    package subscript(name: String) -> JSONNode? {
        var name = name
        return name.withUTF8 { bytes in
            for member in members where member.name.isString(bytes) { return member.value }
            return nil
        }
    }

    @usableFromInline package struct Elements: Sequence, IteratorProtocol {
        @usableFromInline let tape: Tape
        @usableFromInline var at: Int
        @usableFromInline let end: Int

        @inlinable
        init(tape: Tape, at: Int, end: Int) {
            self.tape = tape
            self.at = at
            self.end = end
        }

        @inlinable
        package mutating func next() -> JSONNode? {
            guard at < end else { return nil }
            let node = JSONNode(tape: tape, index: at)
            at = node.endIndex
            return node
        }
    }

    @usableFromInline package struct Members: Sequence, IteratorProtocol {
        @usableFromInline let tape: Tape
        @usableFromInline var at: Int
        @usableFromInline let end: Int

        @inlinable
        init(tape: Tape, at: Int, end: Int) {
            self.tape = tape
            self.at = at
            self.end = end
        }

        @inlinable
        package mutating func next() -> (name: JSONNode, value: JSONNode)? {
            guard at < end else { return nil }
            let name = JSONNode(tape: tape, index: at)
            let value = JSONNode(tape: tape, index: at + 1)
            at = value.endIndex
            return (name, value)
        }
    }
}
