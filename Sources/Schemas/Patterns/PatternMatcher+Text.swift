extension PatternMatcher {
    /// Matches one scalar; returns the position after it, or nil.
    @inline(__always)
    mutating func matchOne(_ operation: PatternProgram.Operation, _ position: Int) -> Int? {
        guard operation.isBackward ? position > 0 : position < count else { return nil }
        let next = operation.isBackward ? before(position) : after(position)
        let scalar = self.scalar(at: operation.isBackward ? next : position)
        switch operation.code {
        case .scalar, .repeatScalar: return scalar == UInt32(bitPattern: operation.a) ? next : nil
        case .set, .repeatSet:
            if scalar >= 128 { stepsLeft -= program.setCosts[Int(operation.a)] }
            return program.sets[Int(operation.a)].contains(scalar) ? next : nil
        default: return scalar == 10 || scalar == 13 || scalar == 0x2028 || scalar == 0x2029 ? nil : next
        }
    }

    /// Matches a back-reference; returns the position after it, or nil. A group that did not participate matches the
    /// empty string.
    mutating func matchReference(_ operation: PatternProgram.Operation, _ position: Int) -> Int? {
        let from = registers[Int(operation.a) * 2]
        let to = registers[Int(operation.a) * 2 + 1]
        guard from >= 0, to >= from else { return position }
        let length = to - from
        let start = operation.isBackward ? position - length : position
        guard start >= 0, start + length <= count else { return nil }
        for i in 0..<length where text[from + i] != text[start + i] {
            stepsLeft -= i
            return nil
        }
        stepsLeft -= length
        return operation.isBackward ? start : start + length
    }

    func isBoundary(_ position: Int) -> Bool {
        let isWordBefore = position > 0 && ScalarSet.word.contains(UInt32(text[position - 1]))
        let isWordAfter = position < count && ScalarSet.word.contains(UInt32(text[position]))
        return isWordBefore != isWordAfter
    }

    /// Position of the next scalar.
    @inline(__always)
    func after(_ position: Int) -> Int {
        let byte = text[position]
        return min(position + (byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4), count)
    }

    /// Position of the previous scalar.
    @inline(__always)
    func before(_ position: Int) -> Int {
        var at = position - 1
        while at > 0, text[at] & 0xC0 == 0x80 { at -= 1 }
        return at
    }

    /// Decodes the scalar at a boundary. The text is valid UTF-8, so all its bytes are present.
    @inline(__always)
    func scalar(at position: Int) -> UInt32 {
        let first = UInt32(text[position])
        if first < 0x80 { return first }
        func continuation(_ offset: Int) -> UInt32 {
            position + offset < count ? UInt32(text[position + offset] & 0x3F) : 0
        }
        if first < 0xE0 { return (first & 0x1F) << 6 | continuation(1) }
        if first < 0xF0 { return (first & 0x0F) << 12 | continuation(1) << 6 | continuation(2) }
        return (first & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3)
    }
}
