internal import CFileSource
internal import Glibc

/// Selects the files of one directory that match a pattern.
struct FilePattern: Sendable {
    let directory: String
    private let name: String

    static let ending = ".done"

    /// `path`: a directory (its `*.ndjson` files), or a path whose last component may contain `*` and `?`. Checks
    /// whether it is a directory, so it may block.
    init(_ path: String) {
        var status = stat()
        let isDirectory = path.hasSuffix("/") || (stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
        if isDirectory {
            directory = path.hasSuffix("/") && path.utf8.count > 1 ? String(path.dropLast()) : path
            name = "*.ndjson"
        } else if let slash = path.lastIndex(of: "/") {
            directory = slash == path.startIndex ? "/" : String(path[..<slash])
            name = String(path[path.index(after: slash)...])
        } else {
            directory = "."
            name = path
        }
    }

    /// What matches in the directory.
    struct Matches {
        /// In byte order.
        var paths: [String] = []
        /// Names that are not UTF-8, with U+FFFD for the bytes that are not: such a file cannot be named further on.
        var unreadable: [String] = []
    }

    /// Matching files; nil if the directory cannot be read (see `errno`). Skips hidden and finished files.
    func files() -> Matches? {
        guard let open = opendir(directory) else { return nil }
        defer { closedir(open) }
        var names: [String] = []
        var matches = Matches()
        while let entry = readdir(open) {
            withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { bytes in
                    if let name = String(validatingCString: bytes) {
                        if fits(name) { names.append(name) }
                    } else if fnmatch(self.name, bytes, 0) == 0, fits(String(cString: bytes)) {
                        matches.unreadable.append(String(cString: bytes))
                    }
                }
            }
        }
        matches.unreadable.sort()
        matches.paths =
            names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { directory + "/" + $0 }
        return matches
    }

    func fits(_ name: String) -> Bool {
        !name.hasPrefix(".") && !Self.isDone(name) && fnmatch(self.name, name, 0) == 0
    }

    /// `x.done`, or `x.done.2` if that existed.
    private static func isDone(_ name: String) -> Bool {
        if name.hasSuffix(ending) { return true }
        guard let dot = name.lastIndex(of: "."), Int(name[name.index(after: dot)...]) != nil else { return false }
        return name[..<dot].hasSuffix(ending)
    }

    /// The first unused name for a finished file.
    static func doneName(of path: String) -> String {
        var name = path + ending
        var number = 2
        while access(name, F_OK) == 0 {
            name = path + ending + ".\(number)"
            number += 1
        }
        return name
    }
}

/// Metadata of a file: equal stamps mean an unchanged file.
struct FileStamp: Equatable {
    private let device: UInt
    fileprivate let inode: UInt
    private let size: Int
    private let modified: [Int]
    /// `ctime`, which cannot be set, and which changes with permissions: an unreadable file is retried then.
    private let changed: [Int]
    let isRegular: Bool

    /// Whether the content is the same, by size and time of modification; a file that was only renamed is the same.
    func hasContent(of other: FileStamp) -> Bool { size == other.size && modified == other.modified }

    /// Nil if there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of an open file.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        modified = [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
        changed = [Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec)]
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }
}

/// Identifies a file regardless of name and contents: a new file of the same name differs.
struct FileIdentity {
    let text: String

    /// Of an open file. Falls back to the inode if the file system has no creation time.
    init(descriptor: Int32) {
        let inode = FileStamp(descriptor: descriptor)?.inode ?? 0
        text = "\(String(inode, radix: 36))-\(String(promo_file_birth(descriptor), radix: 36))"
    }
}
