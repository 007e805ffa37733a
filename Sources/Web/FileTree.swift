internal import Glibc

/// The files below a directory, as requests may see them. Each call looks at the disk anew, and may block.
struct FileTree: Sendable {
    enum Found: Equatable, Sendable {
        case file([UInt8])
        case directory
        /// There is none, or it is not shown.
        case nothing
        /// The gateway's user may not read it.
        case locked
        case tooLarge(Int64)
        /// The system's error message.
        case failed(String)
    }

    /// Bytes of the largest file.
    static let mostBytes = 16 << 20

    /// May be a link, which is followed at each call.
    let root: String

    /// The file or directory at the end of these names, from the root; without names the root.
    func find(_ names: [String]) -> Found {
        guard names.allSatisfy({ Self.isShown($0) }) else { return .nothing }
        let directory = Descriptor(open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard directory.isOpen else { return .failed("cannot open the directory '\(root)': \(Self.lastError)") }
        if names.isEmpty { return .directory }
        // Does not wait for the other end of a pipe.
        let file = Descriptor(
            openat(directory.number, names.joined(separator: "/"), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))
        guard file.isOpen else {
            switch errno {
            case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP, ENXIO: return .nothing
            case EACCES, EPERM: return .locked
            default: return .failed(Self.lastError)
            }
        }
        // Asked of what is open, so that no link can change in between.
        guard let own = directory.path, let path = file.path, path.starts(with: own + (own == [47] ? [] : [47])) else {
            return .nothing
        }
        var facts = stat()
        guard fstat(file.number, &facts) == 0 else { return .failed(Self.lastError) }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG: return read(file, Int64(facts.st_size))
        default: return .nothing
        }
    }

    private func read(_ file: borrowing Descriptor, _ size: Int64) -> Found {
        guard size <= Self.mostBytes else { return .tooLarge(size) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file.number, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failed(Self.lastError) }
            if count == 0 { return .file(bytes) }
            bytes += part[..<count]
            // It grows while it is read.
            guard bytes.count <= Self.mostBytes else { return .tooLarge(Int64(bytes.count)) }
        }
    }

    /// Whether a name of a request can be one of a file that is shown: hidden ones begin with a dot, as `.` and `..` do.
    private static func isShown(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }

    private static var lastError: String { String(cString: strerror(errno)) }

    /// An open file, or -1.
    private struct Descriptor: ~Copyable {
        let number: Int32

        init(_ number: Int32) { self.number = number }

        deinit { if isOpen { close(number) } }

        var isOpen: Bool { number >= 0 }

        /// Where it is, without links.
        var path: [UInt8]? {
            var path = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/fd/\(number)", &path, path.count)
            return count > 0 && count < path.count ? path[..<count].map { UInt8(bitPattern: $0) } : nil
        }
    }
}
