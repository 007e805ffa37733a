internal import Glibc

/// How some files are, without reading them: equal stamps, unchanged files. Editors that write anew and rename, and
/// directories that are swapped by a symbolic link, are seen as well, since the file behind the name is another one.
struct FileStamps: Sendable, Equatable {
    private struct Stamp: Sendable, Equatable {
        var device: UInt
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    /// Files in one directory and those below it; beyond that nothing is looked at.
    private static let maximumFiles = 10_000
    private static let maximumDepth = 4

    private var stamps: [String: Stamp] = [:]

    /// Blocks as long as the file system takes. A file that is not there has no stamp.
    init(files: [String], directories: [String]) {
        for file in files { add(file, depth: 0) }
        for directory in directories { add(directory, depth: Self.maximumDepth) }
    }

    private mutating func add(_ path: String, depth: Int) {
        var status = stat()
        guard stamps.count < Self.maximumFiles, stat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            guard depth > 0 else { return }
            for name in Self.names(in: path) { add(path + "/" + name, depth: depth - 1) }
        }
        stamps[path] = Stamp(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            seconds: Int(status.st_mtim.tv_sec), nanoseconds: Int(status.st_mtim.tv_nsec))
    }

    /// Hidden ones left out: editors keep their own there.
    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
