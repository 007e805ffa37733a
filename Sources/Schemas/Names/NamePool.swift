import JSON

/// Stores the hash slots of many name sets in two flat arrays.
struct NamePool: Sendable {
    var slots: [NameSlot] = []
    var bytes: [UInt8] = []

    /// Adds a set of distinct names, numbered in order.
    mutating func add(_ names: [[UInt8]]) -> NameIndex {
        var bits: UInt8 = 1
        while 1 << Int(bits) < names.count * 2 { bits += 1 }
        let words = names.map { $0.withUnsafeBufferPointer { NameSlot.words($0) } }

        // Tries a few seeds: most sets get a collision-free layout.
        var best = NameIndex(first: Int32(slots.count), bits: bits, seed: 0xD6E8_FEB8_6659_FD93)
        var fewest = Int.max
        var candidate = best
        for _ in 0..<16 where fewest > 0 {
            let collisions = Self.collisions(words, names, candidate)
            if collisions < fewest { (best, fewest) = (candidate, collisions) }
            candidate.seed = (candidate.seed &* 0x5851_F42D_4C95_7F2D &+ 0x1405_7B7E_F767_814F) | 1
        }

        let first = slots.count
        slots.append(contentsOf: repeatElement(NameSlot(), count: 1 << Int(bits)))
        for (number, name) in names.enumerated() {
            var at = best.slot(head: words[number].head, tail: words[number].tail, length: name.count)
            while slots[first + at].value >= 0 { at = (at + 1) & ((1 << Int(bits)) - 1) }
            slots[first + at] = NameSlot(
                head: words[number].head, tail: words[number].tail, length: UInt32(name.count), value: Int32(number),
                offset: UInt32(bytes.count))
            bytes.append(contentsOf: name)
        }
        return best
    }

    /// The name with a given number in a set.
    func name(_ number: Int, of index: NameIndex) -> String {
        let slots = slots[Int(index.first)..<(Int(index.first) + (1 << Int(index.bits)))]
        guard let slot = slots.first(where: { $0.value == Int32(number) }) else { return "" }
        return String(decoding: bytes[Int(slot.offset)..<Int(slot.offset + slot.length)], as: UTF8.self)
    }

    /// The names of a set, by number.
    func all(of index: NameIndex) -> [ByteString] {
        slots[Int(index.first)..<(Int(index.first) + (1 << Int(index.bits)))]
            .filter { $0.value >= 0 }.sorted { $0.value < $1.value }
            .map { ByteString(Array(bytes[Int($0.offset)..<Int($0.offset + $0.length)])) }
    }

    /// The names of a set whose numbers satisfy a condition.
    func names(of index: NameIndex, where isWanted: (Int) -> Bool) -> [String] {
        slots[Int(index.first)..<(Int(index.first) + (1 << Int(index.bits)))].compactMap { slot in
            guard slot.value >= 0, isWanted(Int(slot.value)) else { return nil }
            return String(decoding: bytes[Int(slot.offset)..<Int(slot.offset + slot.length)], as: UTF8.self)
        }
    }

    private static func collisions(
        _ words: [(head: UInt64, tail: UInt64)], _ names: [[UInt8]], _ index: NameIndex
    ) -> Int {
        var taken = [Bool](repeating: false, count: 1 << Int(index.bits))
        var collisions = 0
        for (number, name) in names.enumerated() {
            let at = index.slot(head: words[number].head, tail: words[number].tail, length: name.count)
            if taken[at] { collisions += 1 }
            taken[at] = true
        }
        return collisions
    }
}

extension NamePool {
    /// A placeholder pointer for empty buffers; never dereferenced.
    static var nothing: UnsafePointer<UInt8> { UnsafePointer(bitPattern: 1).unsafelyUnwrapped }
}
