package import JSON

/// Appends one BSON document to a buffer, element by element.
///
/// Usage: `bytes.appendDocument { $0.append(…) }`. Names must not contain NUL; callers validate names from outside.
@usableFromInline
package struct BSONWriter: ~Copyable {
    /// The buffer, moved out of its owner while the writer lives.
    @usableFromInline package var bytes: [UInt8]

    @usableFromInline
    init(takingOwnershipOf bytes: consuming [UInt8]) { self.bytes = bytes }

    // MARK: Storage

    /// Appends `count` bytes, all of which `body` must write.
    @inline(__always)
    private mutating func grow(by count: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        bytes.append(addingCapacity: count) { room in
            room.withUnsafeMutableBufferPointer { buffer, filled in
                guard let base = buffer.baseAddress else { return }
                body(UnsafeMutableRawPointer(base))
                filled = count
            }
        }
    }

    /// Appends type and name, and `count` bytes of value, all of which `body` must write.
    @inline(__always)
    private mutating func append(
        _ type: BSONType, _ name: UnsafeBufferPointer<UInt8>, valueOf count: Int = 0,
        _ body: (UnsafeMutableRawPointer) -> Void = { _ in }
    ) {
        grow(by: 2 + name.count + count) { room in
            room.storeBytes(of: type.rawValue, as: UInt8.self)
            if let text = name.baseAddress { (room + 1).copyMemory(from: text, byteCount: name.count) }
            room.storeBytes(of: 0, toByteOffset: 1 + name.count, as: UInt8.self)
            body(room + 2 + name.count)
        }
    }

    // MARK: Values

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, string text: UnsafeBufferPointer<UInt8>) {
        append(.string, name, valueOf: 5 + text.count) { room in
            room.storeBytes(of: Int32(text.count + 1).littleEndian, as: Int32.self)
            if let base = text.baseAddress { (room + 4).copyMemory(from: base, byteCount: text.count) }
            room.storeBytes(of: 0, toByteOffset: 4 + text.count, as: UInt8.self)
        }
    }

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, null: Void) { append(.null, name) }

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, bool value: Bool) {
        append(.bool, name, valueOf: 1) { $0.storeBytes(of: value ? 1 : 0, as: UInt8.self) }
    }

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, int64 value: Int64) {
        append(.int64, name, valueOf: 8) { $0.storeBytes(of: value.littleEndian, as: Int64.self) }
    }

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, double value: Double) {
        append(.double, name, valueOf: 8) { $0.storeBytes(of: value.bitPattern.littleEndian, as: UInt64.self) }
    }

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, decimal value: Decimal128) {
        append(.decimal128, name, valueOf: 16) { room in
            room.storeBytes(of: value.low.littleEndian, as: UInt64.self)
            room.storeBytes(of: value.high.littleEndian, toByteOffset: 8, as: UInt64.self)
        }
    }

    /// `milliseconds` since 1970, UTC.
    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, date milliseconds: Int64) {
        append(.date, name, valueOf: 8) { $0.storeBytes(of: milliseconds.littleEndian, as: Int64.self) }
    }

    /// A BSON timestamp: any 64 bits.
    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, timestamp value: UInt64) {
        append(.timestamp, name, valueOf: 8) { $0.storeBytes(of: value.littleEndian, as: UInt64.self) }
    }

    /// Twelve bytes.
    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, objectID value: ObjectID) {
        append(.objectID, name)
        bytes.append(contentsOf: value.bytes)
    }

    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, binary value: UnsafeRawBufferPointer) {
        append(.binary, name, valueOf: 5) { room in
            room.storeBytes(of: Int32(value.count).littleEndian, as: Int32.self)
            room.storeBytes(of: 0, toByteOffset: 4, as: UInt8.self)
        }
        bytes.append(contentsOf: value)
    }

    /// Appends a complete element of another document.
    package mutating func append(element: UnsafeRawBufferPointer) { bytes.append(contentsOf: element) }

    /// Appends a value of another document under a new name.
    package mutating func append(_ name: UnsafeBufferPointer<UInt8>, type: UInt8, value: UnsafeRawBufferPointer) {
        bytes.append(type)
        bytes.append(contentsOf: name)
        bytes.append(0)
        bytes.append(contentsOf: value)
    }

    // MARK: Implementation

    @usableFromInline
    mutating func appendHead(of type: BSONType, _ name: UnsafeBufferPointer<UInt8>) { append(type, name) }

    @inlinable
    package mutating func append<Failure: Error>(
        _ name: UnsafeBufferPointer<UInt8>, document body: (inout BSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        appendHead(of: .document, name)
        try nested(body)
    }

    /// Element names must be "0", "1", … in order; see ``withIndexName(_:_:)``.
    @inlinable
    package mutating func append<Failure: Error>(
        _ name: UnsafeBufferPointer<UInt8>, array body: (inout BSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        appendHead(of: .array, name)
        try nested(body)
    }

    @inlinable
    mutating func nested<Failure: Error>(
        _ body: (inout BSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let start = begin()
        try body(&self)
        end(start)
    }

    /// Reserves the length field of a document.
    @usableFromInline
    mutating func begin() -> Int {
        defer { grow(by: 4) { $0.storeBytes(of: 0, as: Int32.self) } }
        return bytes.count
    }

    /// Terminates the document started at `start`.
    @usableFromInline
    mutating func end(_ start: Int) {
        bytes.append(0)
        let size = Int32(clamping: bytes.count - start).littleEndian
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: size, toByteOffset: start, as: Int32.self) }
    }
}

// MARK: - Convenience with names from our own code

extension BSONWriter {
    package mutating func append(_ name: StaticString, string text: String) {
        var text = text
        text.withUTF8 { append(Self.bytes(of: name), string: $0) }
    }

    package mutating func append(_ name: StaticString, string text: ByteString) {
        text.bytes.withUnsafeBufferPointer { append(Self.bytes(of: name), string: $0) }
    }

    /// Null if nil.
    package mutating func append(_ name: StaticString, string text: String?) {
        if let text { append(name, string: text) } else { append(Self.bytes(of: name), null: ()) }
    }

    /// Null if nil.
    package mutating func append(_ name: StaticString, string text: ByteString?) {
        if let text { append(name, string: text) } else { append(Self.bytes(of: name), null: ()) }
    }

    package mutating func append(_ name: StaticString, null: Void) { append(Self.bytes(of: name), null: ()) }
    package mutating func append(_ name: StaticString, bool value: Bool) { append(Self.bytes(of: name), bool: value) }
    package mutating func append(_ name: StaticString, int64 value: Int64) {
        append(Self.bytes(of: name), int64: value)
    }
    package mutating func append(_ name: StaticString, date value: Int64) { append(Self.bytes(of: name), date: value) }

    package mutating func append(_ name: StaticString, objectID value: ObjectID) {
        append(Self.bytes(of: name), objectID: value)
    }

    package mutating func append(_ name: StaticString, binary value: UnsafeRawBufferPointer) {
        append(Self.bytes(of: name), binary: value)
    }

    @inlinable
    package mutating func append<Failure: Error>(
        _ name: StaticString, document body: (inout BSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try append(Self.bytes(of: name), document: body)
    }

    @inlinable
    package mutating func append<Failure: Error>(
        _ name: StaticString, array body: (inout BSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try append(Self.bytes(of: name), array: body)
    }

    @inlinable
    package static func bytes(of name: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    }

    /// Lends an array element's name: the index in decimal digits.
    @inlinable
    package static func withIndexName<Result, Failure: Error>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var at = 20
        var rest = index
        repeat {
            at -= 1
            digits[at] = UInt8(48 + rest % 10)
            rest /= 10
        } while rest > 0
        return try digits.span.extracting(at..<20).withUnsafeBufferPointer(body)
    }
}

extension [UInt8] {
    /// Builds one BSON document.
    package static func document(_ body: (inout BSONWriter) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendDocument(body)
        return bytes
    }

    /// Appends one BSON document. If `body` throws, the buffer is unchanged.
    @inlinable
    package mutating func appendDocument<Failure: Error>(
        _ body: (inout BSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let start = count
        var writer = BSONWriter(takingOwnershipOf: exchange(&self, with: []))
        do {
            try writer.nested(body)
            self = writer.bytes
        } catch {
            self = writer.bytes
            removeSubrange(start...)
            throw error
        }
    }
}

@inlinable
func exchange<Value>(_ place: inout Value, with new: Value) -> Value {
    let old = place
    place = new
    return old
}

extension BSONSequence {
    /// Appends one document, written element by element. If `body` throws, nothing is appended.
    @inlinable
    package mutating func appendDocument<Failure: Error>(
        _ body: (inout BSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try append { (bytes: inout [UInt8]) throws(Failure) in try bytes.appendDocument(body) }
    }
}
