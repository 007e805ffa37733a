/// Encodes and decodes Punycode (RFC 3492).
enum Punycode {
    private static let base = 36
    private static let tMin = 1
    private static let tMax = 26

    /// Decodes to scalars; nil if the text is not valid Punycode.
    static func decode(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt32]? {
        guard text.count <= 63 else { return nil }
        var output: [UInt32] = []
        var rest = text
        if let delimiter = text.lastIndex(of: UInt8(ascii: "-")) {
            output = text[..<delimiter].map { UInt32($0) }
            rest = text[(delimiter + 1)...]
        }
        var n = 128
        var i = 0
        var bias = 72
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let before = i
            var weight = 1
            var k = base
            while true {
                guard let byte = rest.popFirst(), let digit = digit(byte) else { return nil }
                i += digit * weight
                guard i <= 0x7FFF_FFFF else { return nil }
                let threshold = min(max(k - bias, tMin), tMax)
                if digit < threshold { break }
                weight *= base - threshold
                guard weight <= 0x7FFF_FFFF else { return nil }
                k += base
            }
            bias = adapt(i - before, output.count + 1, isFirst: before == 0)
            n += i / (output.count + 1)
            i %= output.count + 1
            guard n <= 0x10FFFF else { return nil }
            output.insert(UInt32(n), at: i)
            i += 1
        }
        return output
    }

    /// Number of characters of the encoded label; nil if it is far too long.
    static func encodedLength(of label: [UInt32]) -> Int? {
        guard label.count <= 63 else { return nil }
        let basic = label.filter { $0 < 128 }.count
        var length = basic == 0 ? 0 : basic + 1
        var handled = basic
        var n: UInt32 = 128
        var delta = 0
        var bias = 72
        while handled < label.count {
            guard let next = label.filter({ $0 >= n }).min() else { return nil }
            delta += Int(next - n) * (handled + 1)
            n = next
            for scalar in label {
                if scalar < n { delta += 1 }
                guard scalar == n else { continue }
                var q = delta
                var k = base
                while true {
                    let threshold = min(max(k - bias, tMin), tMax)
                    length += 1
                    if q < threshold { break }
                    q = (q - threshold) / (base - threshold)
                    k += base
                }
                bias = adapt(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return length
    }

    private static func digit(_ byte: UInt8) -> Int? {
        if ASCII.isDigit(byte) { return Int(byte &- 48) + 26 }
        return ASCII.isLetter(byte) ? Int((byte | 0x20) &- 97) : nil
    }

    private static func adapt(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var k = 0
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + 38)
    }
}
