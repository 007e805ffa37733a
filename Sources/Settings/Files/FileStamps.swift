internal import Glibc

/// How a file is, without reading it: equal stamps, an unchanged file. The time of its last change (`ctime`) cannot be set, so
/// that one written anew in the same size and given its old time is another one.
package struct FileStamp: Sendable, Equatable {
    private var device: UInt
    private var inode: UInt
    package private(set) var size: Int
    private var times: [Int]
    /// Milliseconds since 1970, when its content or anything else about it changed last.
    package private(set) var changed: Int64
    package private(set) var isDirectory: Bool

    /// Nil where there is no such file. Blocks as long as the file system takes.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        times = [
            Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec), Int(status.st_ctim.tv_sec),
            Int(status.st_ctim.tv_nsec),
        ]
        changed = Int64(status.st_ctim.tv_sec) * 1000 + Int64(status.st_ctim.tv_nsec) / 1_000_000
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
    }
}

/// How some files are, without reading them. Editors that write anew and rename, and directories that are swapped by a
/// symbolic link, are seen as well, since the file behind the name is another one.
package struct FileStamps: Sendable, Equatable {
    /// Most files, and most levels of directories; files beyond them are not checked.
    private static let maximumFiles = 10_000
    private static let maximumDepth = 4

    package private(set) var stamps: [String: FileStamp] = [:]

    /// Blocks as long as the file system takes. A file that is not there has no stamp.
    package init(files: [String], directories: [String]) {
        for file in files { add(file, depth: 0) }
        for directory in directories { add(directory, depth: Self.maximumDepth) }
    }

    /// The paths of files that are not the same in both.
    package func differences(from other: FileStamps) -> Set<String> {
        var paths = Set(stamps.filter { other.stamps[$0.key] != $0.value }.keys)
        paths.formUnion(other.stamps.keys.filter { stamps[$0] == nil })
        return paths
    }

    /// These, but for some paths as `other` has them.
    package func keeping(_ paths: Set<String>, of other: FileStamps) -> FileStamps {
        var copy = self
        for path in paths { copy.stamps[path] = other.stamps[path] }
        return copy
    }

    private mutating func add(_ path: String, depth: Int) {
        guard stamps.count < Self.maximumFiles, let stamp = FileStamp(path) else { return }
        if stamp.isDirectory, depth > 0 {
            for name in Self.names(in: path) { add(path + "/" + name, depth: depth - 1) }
        }
        stamps[path] = stamp
    }

    /// Skips hidden files: editors keep their own there.
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
