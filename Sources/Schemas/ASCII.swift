/// Classifies single ASCII bytes.
enum ASCII {
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 <= 9 }
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 <= 25 }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
    static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 97 <= 5 }

    /// Value of a hexadecimal digit (0…15); nil for any other byte.
    static func hexadecimalValue(_ byte: UInt8) -> Int? {
        if isDigit(byte) { return Int(byte &- 48) }
        let letter = (byte | 0x20) &- 97
        return letter <= 5 ? Int(letter) + 10 : nil
    }
}
