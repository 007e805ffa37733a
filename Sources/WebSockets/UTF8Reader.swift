/// Incremental UTF-8 validator: pieces may end within a character (Unicode, table 3-7). No I/O.
struct UTF8Reader: Sendable {
    /// Remaining bytes of the current character, and the valid range of the next.
    private var needed = 0
    private var next: ClosedRange<UInt8> = Self.continuation

    private static let continuation: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether no character is incomplete.
    var isComplete: Bool { needed == 0 }

    /// False if the text is invalid; the reader must not be used again.
    mutating func take(_ bytes: some Sequence<UInt8>) -> Bool {
        for byte in bytes {
            if needed > 0 {
                guard next.contains(byte) else { return false }
                needed -= 1
                next = Self.continuation
                continue
            }
            switch byte {
            case 0x00...0x7F: continue
            case 0xC2...0xDF: needed = 1
            case 0xE0: (needed, next) = (2, 0xA0...0xBF)
            case 0xED: (needed, next) = (2, 0x80...0x9F)  // no surrogates
            case 0xE1...0xEF: needed = 2
            case 0xF0: (needed, next) = (3, 0x90...0xBF)
            case 0xF1...0xF3: needed = 3
            case 0xF4: (needed, next) = (3, 0x80...0x8F)
            default: return false
            }
        }
        return true
    }
}
