internal import Glibc

/// A file to which lines are appended as a whole, or not at all. If they cannot be made durable, they may come twice.
struct LineFile {
    let path: String
    /// `write(2)`, or what a test puts in its place.
    var write: (Int32, UnsafeRawPointer?, Int) -> Int = { Glibc.write($0, $1, $2) }

    /// Appends the lines, durably. Returns nil on success, else the problem and its remedy. Blocks on the file system, and
    /// up to a second on a lock.
    ///
    /// What a failed write leaves is cut off again. If the last line has no newline, as a killed process may leave it, one
    /// is added first.
    func append(_ rows: [[UInt8]]) -> String? {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { return Self.problem(errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return Self.problem(errno) }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        // Another gateway may hold the lock while it appends. Not every file system has locks.
        var tries = 0
        while isRegular, flock(file, LOCK_EX | LOCK_NB) != 0, errno != EOPNOTSUPP, errno != ENOLCK {
            guard errno == EWOULDBLOCK || errno == EINTR else { return Self.problem(errno) }
            tries += 1
            guard tries < 100 else { return "another program has locked it; let it finish" }
            usleep(10_000)
        }
        guard fstat(file, &status) == 0 else { return Self.problem(errno) }
        let size = status.st_size
        var lines: [UInt8] = isRegular && size > 0 && !endsWithNewline(at: size - 1) ? [UInt8(ascii: "\n")] : []
        for row in rows {
            lines += row
            lines.append(UInt8(ascii: "\n"))
        }
        var done = 0
        while done < lines.count {
            let count = lines[done...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = count == 0 ? EIO : errno
                if isRegular, done > 0, fstat(file, &status) == 0, status.st_size == size + off_t(done) {
                    ftruncate(file, size)
                }
                return Self.problem(code)
            }
            done += count
        }
        // A device or a pipe has nothing to make durable.
        return fsync(file) == 0 || !isRegular ? nil : Self.problem(errno)
    }

    /// Whether the last byte is a newline; also if it cannot be read.
    private func endsWithNewline(at offset: off_t) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return true }
        defer { close(file) }
        var byte: UInt8 = 0
        return pread(file, &byte, 1, offset) != 1 || byte == UInt8(ascii: "\n")
    }

    private static func problem(_ code: Int32) -> String {
        let remedy =
            switch code {
            case ENOENT, ENOTDIR: "make its directory"
            case EACCES, EPERM, EROFS: "give the gateway the right to write there"
            case ENOSPC, EDQUOT: "make room on the disk"
            case EISDIR: "name a file, not a directory"
            default: "look at the disk"
            }
        return "it cannot be written: \(String(cString: strerror(code))); \(remedy)"
    }
}
