extension UnsafeBufferPointer<UInt8> {
    /// Number of characters as JSON Schema counts them: Unicode scalars. The bytes must be valid UTF-8.
    var scalarCount: Int {
        var count = 0
        for byte in self where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }
}
