/// Bytes that a compiled program points to, for as long as it lives.
///
/// `@unchecked Sendable`: written once, in `init`, before anybody else can see it, and never after.
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
