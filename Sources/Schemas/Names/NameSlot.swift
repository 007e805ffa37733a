/// A hash slot: a name as two machine words and a length, complete for names of up to 16 bytes.
struct NameSlot {
    var head: UInt64 = 0
    var tail: UInt64 = 0
    var length: UInt32 = 0
    /// The name's number; -1 for a free slot.
    var value: Int32 = -1
    /// Offset of its bytes in the pool.
    var offset: UInt32 = 0

    /// The first and the last eight bytes, overlapping for names under 16 bytes. Shorter names are spread so that no
    /// two of one length give the same words. Never reads beyond the name.
    @inline(__always)
    static func words(_ name: UnsafeBufferPointer<UInt8>) -> (head: UInt64, tail: UInt64) {
        guard let base = name.baseAddress else { return (0, 0) }
        let raw = UnsafeRawPointer(base)
        let count = name.count
        if count >= 8 {
            return (
                raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
            )
        }
        if count >= 4 {
            return (
                UInt64(raw.loadUnaligned(as: UInt32.self)),
                UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
            )
        }
        guard count > 0 else { return (0, 0) }
        return (UInt64(base[0]) | UInt64(base[count >> 1]) << 8 | UInt64(base[count - 1]) << 16, 0)
    }
}

/// Location of one name set's slots in a pool.
struct NameIndex {
    /// First slot; the set has `1 << bits`.
    var first: Int32
    var bits: UInt8
    var seed: UInt64

    @inline(__always)
    func slot(head: UInt64, tail: UInt64, length: Int) -> Int {
        let mixed = (head ^ (tail &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(truncatingIfNeeded: length)) &* seed
        return Int(truncatingIfNeeded: mixed >> (64 - UInt64(bits)))
    }

    /// The number of a name in the set; -1 if absent.
    @inline(__always)
    func find(
        _ name: UnsafeBufferPointer<UInt8>, slots: UnsafePointer<NameSlot>, bytes: UnsafePointer<UInt8>
    ) -> Int32 {
        let (head, tail) = NameSlot.words(name)
        let table = slots + Int(first)
        let mask = (1 << Int(bits)) - 1
        var at = slot(head: head, tail: tail, length: name.count)
        while true {
            let candidate = table + at
            if candidate.pointee.value < 0 { return -1 }
            if candidate.pointee.head == head, candidate.pointee.tail == tail,
                Int(candidate.pointee.length) == name.count,
                name.count <= 16 || Self.same(name, bytes + Int(candidate.pointee.offset))
            {
                return candidate.pointee.value
            }
            at = (at + 1) & mask
        }
    }

    private static func same(_ name: UnsafeBufferPointer<UInt8>, _ other: UnsafePointer<UInt8>) -> Bool {
        for i in 8..<(name.count - 8) where name[i] != other[i] { return false }
        return true
    }
}
