internal import Glibc

/// Writes bytes to a descriptor.
enum DescriptorWriter {
    struct Result: Equatable {
        /// Number of bytes written.
        var count: Int
        /// `errno`; nil if all were written.
        var error: Int32?
    }

    /// Retries after interruptions and partial writes, and waits for a full non-blocking descriptor: blocks as long as
    /// its reader does.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Result {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                done += count
                continue
            }
            switch count < 0 ? errno : ENOSPC {
            case EINTR: continue
            case EAGAIN:
                var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&state, 1, -1)
            case let error: return Result(count: done, error: error)
            }
        }
        return Result(count: done, error: nil)
    }

    static func write(_ text: String, to descriptor: Int32) -> Result {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }
}
