internal import Glibc

/// The protocol between the gateway and a jq worker: length-prefixed frames over a socket, little-endian.
///
/// Request: program number, length of its text (0 if the worker has it), length of the value (maximum: compile only),
/// text, value. Response: kind, length, bytes.
enum JQFrame {
    enum Answer: UInt8 { case value, nothing, syntax, failed, unbounded }

    static func append(_ number: UInt32, to frame: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { frame.append(contentsOf: $0) }
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// False if the peer is gone.
    static func write(_ frame: [UInt8], to socket: Int32) -> Bool {
        frame.withUnsafeBytes { bytes in
            var at = 0
            while at < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
                let sent = send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if sent < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                at += sent
            }
            return true
        }
    }

    /// Reads exactly `count` bytes; nil if the peer is gone.
    static func read(_ count: Int, from socket: Int32) -> [UInt8]? {
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, at in
            at = 0
            while at < count {
                let rest = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[at...]))
                let got = Glibc.read(socket, rest.baseAddress, rest.count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    isWhole = false
                    return
                }
                at += got
            }
        }
        return isWhole ? bytes : nil
    }
}
