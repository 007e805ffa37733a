/// Bytes owned by a compiled program and referenced by its values.
///
/// `@unchecked Sendable`: written only in `init`, before the object is shared.
final class Constants: @unchecked Sendable {
    let bytes: Bytes

    init(_ text: [UInt8]) {
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, text.count))
        _ = memory.initialize(from: text)
        bytes = Bytes(rebasing: UnsafeBufferPointer(memory)[..<text.count])
    }

    convenience init(_ text: String) { self.init(Array(text.utf8)) }

    deinit { bytes.deallocate() }
}
