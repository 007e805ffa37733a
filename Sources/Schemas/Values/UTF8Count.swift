extension UnsafeBufferPointer<UInt8> {
    /// Characters as JSON Schema counts them: Unicode scalars. The bytes are valid UTF-8.
    var scalarCount: Int {
        var count = 0
        for byte in self where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }
}
