/// An immutable set of names with fast lookup from bytes to a number.
package struct NameTable: Sendable {
    private let pool: NamePool
    private let index: NameIndex

    /// The names must be distinct; they are numbered in order.
    package init(_ names: [String]) {
        var pool = NamePool()
        index = pool.add(names.map { Array($0.utf8) })
        self.pool = pool
    }

    /// The number of the name, or nil.
    package func find(_ name: UnsafeBufferPointer<UInt8>) -> Int? {
        let found = pool.slots.withUnsafeBufferPointer { slots in
            pool.bytes.withUnsafeBufferPointer { bytes -> Int32 in
                guard let slots = slots.baseAddress else { return -1 }
                return index.find(name, slots: slots, bytes: bytes.baseAddress ?? NamePool.nothing)
            }
        }
        return found < 0 ? nil : Int(found)
    }
}
