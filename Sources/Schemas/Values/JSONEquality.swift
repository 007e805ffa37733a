package import JSON

/// Equality of JSON values by JSON Schema: numbers by value, objects regardless of member order.
package enum JSONEquality {
    package static func equal(_ a: JSONNode, _ b: JSONNode) -> Bool {
        var work = 0
        return equal(a, b, &work)
    }

    /// Compares and adds the cost to `work`: one unit for each value and for each 64 bytes of text.
    static func equal(_ a: JSONNode, _ b: JSONNode, _ work: inout Int) -> Bool {
        guard a.kind == b.kind else { return false }
        switch a.kind {
        case .null, .true, .false: return true
        case .string:
            guard a.utf8.count == b.utf8.count else { return false }
            work += a.utf8.count >> 6
            return a.isString(b.utf8)
        case .number:
            work += 1 + (a.utf8.count + b.utf8.count) >> 4
            return ExactNumber.compare(a, b) == 0
        case .array:
            guard a.count == b.count else { return false }
            work += 1
            var others = b.elements
            for element in a.elements {
                work += 1
                guard let other = others.next(), equal(element, other, &work) else { return false }
            }
            return true
        case .object:
            guard a.count == b.count else { return false }
            work += 1 + a.count
            return a.count <= 16 ? equalSmallObjects(a, b, &work) : equalLargeObjects(a, b, &work)
        }
    }

    private static func equalSmallObjects(_ a: JSONNode, _ b: JSONNode, _ work: inout Int) -> Bool {
        // Usually the order is the same too.
        var others = b.members
        for (name, value) in a.members {
            if let (otherName, otherValue) = others.next(), otherName.isString(name.utf8) {
                guard equal(value, otherValue, &work) else { return false }
                continue
            }
            guard let other = b.members.first(where: { $0.name.isString(name.utf8) }),
                equal(value, other.value, &work)
            else { return false }
        }
        return true
    }

    private static func equalLargeObjects(_ a: JSONNode, _ b: JSONNode, _ work: inout Int) -> Bool {
        work += a.count * 8
        for (x, y) in zip(sortedMembers(a), sortedMembers(b)) {
            guard x.name.isString(y.name.utf8), equal(x.value, y.value, &work) else { return false }
        }
        return true
    }

    private static func sortedMembers(_ object: JSONNode) -> [(name: JSONNode, value: JSONNode)] {
        Array(object.members).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Positions of the first two equal elements, or nil.
    static func firstRepeat(in array: JSONNode) -> (first: Int, second: Int)? {
        guard array.count > 1 else { return nil }
        return array.count <= 12 ? repeatByComparing(array) : repeatByHashing(array)
    }

    private static func repeatByComparing(_ array: JSONNode) -> (first: Int, second: Int)? {
        for (second, later) in array.elements.enumerated() {
            for (first, earlier) in array.elements.prefix(second).enumerated() where equal(earlier, later) {
                return (first, second)
            }
        }
        return nil
    }

    private static func repeatByHashing(_ array: JSONNode) -> (first: Int, second: Int)? {
        var seen: [Int: [(position: Int, node: JSONNode)]] = [:]
        seen.reserveCapacity(array.count)
        for (position, element) in array.elements.enumerated() {
            // Seeded per process, so that senders cannot provoke collisions.
            var hasher = Hasher()
            hash(element, into: &hasher)
            let key = hasher.finalize()
            for earlier in seen[key] ?? [] where equal(earlier.node, element) { return (earlier.position, position) }
            seen[key, default: []].append((position, element))
        }
        return nil
    }

    /// Equal values have equal hashes.
    private static func hash(_ node: JSONNode, into hasher: inout Hasher) {
        hasher.combine(node.kind)
        switch node.kind {
        case .null, .true, .false: break
        case .string: hasher.combine(bytes: UnsafeRawBufferPointer(node.utf8))
        case .number:
            // One number has many spellings; hash only its magnitude and first digits.
            let number = JSONNumber(validText: node.utf8)
            if number.isZero { break }
            hasher.combine(number.isNegative)
            hasher.combine(number.exponent + number.digits.count)
            let zeros = number.digits.reversed().prefix { $0 == 0 }.count
            for digit in number.digits.dropLast(zeros) { hasher.combine(digit) }
        case .array:
            hasher.combine(node.count)
            for element in node.elements { hash(element, into: &hasher) }
        case .object:
            hasher.combine(node.count)
            var all = 0
            for (name, value) in node.members {
                var one = Hasher()
                one.combine(bytes: UnsafeRawBufferPointer(name.utf8))
                hash(value, into: &one)
                all ^= one.finalize()
            }
            hasher.combine(all)
        }
    }
}
