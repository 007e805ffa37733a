package import JSON
internal import Glibc

/// An element of a BSON document, read in place: valid while the bytes are lent.
package struct BSONElement {
    /// Bytes of type, name and value.
    package let whole: UnsafeRawBufferPointer
    package let typeByte: UInt8
    package let name: UnsafeBufferPointer<UInt8>
    package let value: UnsafeRawBufferPointer

    /// Nil for an unknown type byte.
    package var type: BSONType? { BSONType(rawValue: typeByte) }

    /// The string value.
    package var string: UnsafeBufferPointer<UInt8>? {
        guard type == .string, value.count >= 5 else { return nil }
        return UnsafeRawBufferPointer(rebasing: value[4..<(value.count - 1)]).assumingMemoryBound(to: UInt8.self)
    }

    /// An int32 or int64 value.
    package var integer: Int64? {
        switch type {
        case .int32: Int64(Int32(littleEndian: value.loadUnaligned(as: Int32.self)))
        case .int64: Int64(littleEndian: value.loadUnaligned(as: Int64.self))
        default: nil
        }
    }

    package var bool: Bool? { type == .bool ? value[0] != 0 : nil }

    /// Milliseconds since 1970.
    package var date: Int64? { type == .date ? Int64(littleEndian: value.loadUnaligned(as: Int64.self)) : nil }

    package var timestamp: UInt64? {
        type == .timestamp ? UInt64(littleEndian: value.loadUnaligned(as: UInt64.self)) : nil
    }

    package var double: Double? {
        type == .double ? Double(bitPattern: UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))) : nil
    }

    package var decimal: Decimal128? {
        guard type == .decimal128 else { return nil }
        return Decimal128(
            low: UInt64(littleEndian: value.loadUnaligned(as: UInt64.self)),
            high: UInt64(littleEndian: value.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    package var objectID: ObjectID? { type == .objectID ? ObjectID(copying: value) : nil }

    /// The bytes of a binary value.
    package var binary: UnsafeRawBufferPointer? {
        type == .binary ? UnsafeRawBufferPointer(rebasing: value[5...]) : nil
    }

    /// The elements of a document or array.
    package var elements: BSONElements? {
        type == .document || type == .array ? BSONElements(value) : nil
    }

    package func isNamed(_ other: StaticString) -> Bool {
        isNamed(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }

    package func isNamed(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        UnsafeRawBufferPointer(name).isEqual(to: UnsafeRawBufferPointer(other))
    }

    package var nameText: String { String(decoding: name, as: UTF8.self) }
    package var text: String? { string.map { String(decoding: $0, as: UTF8.self) } }
    package var byteString: ByteString? { string.map { ByteString(copying: $0) } }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are equal.
    @inline(__always)
    func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count, let ours = baseAddress, let theirs = other.baseAddress else {
            return count == other.count
        }
        return memcmp(ours, theirs, count) == 0
    }
}

/// The elements of a BSON document, in order. Stops early at malformed BSON; never reads out of bounds.
package struct BSONElements: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var at: Int

    package init(_ document: UnsafeRawBufferPointer) {
        bytes = document
        at = 4
    }

    package mutating func next() -> BSONElement? {
        guard at < bytes.count, bytes[at] != 0 else { return nil }
        let start = at
        let typeByte = bytes[start]
        var nameEnd = start + 1
        while nameEnd < bytes.count, bytes[nameEnd] != 0 { nameEnd += 1 }
        guard nameEnd < bytes.count, let size = size(of: typeByte, at: nameEnd + 1) else { return nil }
        let end = nameEnd + 1 + size
        guard size >= 0, end <= bytes.count else { return nil }
        at = end
        return BSONElement(
            whole: UnsafeRawBufferPointer(rebasing: bytes[start..<end]), typeByte: typeByte,
            name: UnsafeRawBufferPointer(rebasing: bytes[(start + 1)..<nameEnd]).assumingMemoryBound(to: UInt8.self),
            value: UnsafeRawBufferPointer(rebasing: bytes[(nameEnd + 1)..<end]))
    }

    /// The first element of that name.
    package func first(named name: StaticString) -> BSONElement? { first { $0.isNamed(name) } }

    private func size(of typeByte: UInt8, at offset: Int) -> Int? {
        switch BSONType(rawValue: typeByte) {
        case .null, .undefined, .minKey, .maxKey: 0
        case .bool: 1
        case .int32: 4
        case .double, .date, .timestamp, .int64: 8
        case .objectID: 12
        case .decimal128: 16
        case .document, .array, .scopedCode: length(at: offset, least: 5)
        case .string, .code, .symbol: length(at: offset, least: 1).map { $0 + 4 }
        case .binary: length(at: offset, least: 0).map { $0 + 5 }
        case .pointer: length(at: offset, least: 1).map { $0 + 16 }
        case .regex: textEnd(offset).flatMap { textEnd($0) }.map { $0 - offset }
        case nil: nil
        }
    }

    private func length(at offset: Int, least: Int) -> Int? {
        guard offset + 4 <= bytes.count else { return nil }
        let length = Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        return length >= least ? length : nil
    }

    private func textEnd(_ offset: Int) -> Int? {
        guard offset < bytes.count, let zero = bytes[offset...].firstIndex(of: 0) else { return nil }
        return zero + 1
    }
}
