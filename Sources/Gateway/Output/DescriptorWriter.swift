internal import Glibc

/// Writes bytes to a descriptor, all of them or as many as it takes.
enum DescriptorWriter {
    struct Result: Equatable {
        /// Bytes that were written.
        var count: Int
        /// `errno`; nil where all were written.
        var error: Int32?
    }

    /// Goes on after an interruption and after a part, and waits where a non-blocking descriptor is full: blocks as long as
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
