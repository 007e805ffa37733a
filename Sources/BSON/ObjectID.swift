/// A MongoDB ObjectId: twelve bytes, ordered by time.
package struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// `seconds` since 1970; `random` fills the rest and must be unique within a second.
    package init(seconds: UInt32, random: UInt64) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(12)
        withUnsafeBytes(of: seconds.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: random.bigEndian) { bytes.append(contentsOf: $0) }
        self.bytes = bytes
    }

    package init?(copying raw: UnsafeRawBufferPointer) {
        guard raw.count == 12 else { return nil }
        bytes = Array(raw)
    }

    /// Parses twenty-four hexadecimal digits.
    package init?(hex: String) {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 24, hex.utf8.count == 24 else { return nil }
        bytes = stride(from: 0, to: 24, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = Self.digit(byte >> 4)
                text[2 * index + 1] = Self.digit(byte & 15)
            }
            return 2 * bytes.count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}
