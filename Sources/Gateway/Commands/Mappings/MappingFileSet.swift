internal import Foundation

/// The mapping and test files that paths on a command line name: files themselves, or all below a directory.
enum MappingFileSet {
    /// Files whose names end so, in order; nil for a path that does not exist.
    static func files(in path: String, ending: String) -> [String]? {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return nil }
        guard isDirectory.boolValue else { return [path] }
        guard let all = FileManager.default.enumerator(atPath: path) else { return [] }
        var found: [String] = []
        for case let name as String in all where name.hasSuffix(ending) {
            found.append((path.hasSuffix("/") ? String(path.dropLast()) : path) + "/" + name)
        }
        return found.sorted()
    }

    /// Directories named `definitions` among the paths, or beside the files that they name: those of examples and projects
    /// that bring their own.
    static func definitions(beside paths: [String]) -> [String] {
        var found: Set<String> = []
        for path in paths {
            for file in files(in: path, ending: ".yaml") ?? [] {
                let directory = directory(of: file) + "/definitions"
                var isDirectory: ObjCBool = false
                if FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue {
                    found.insert(directory)
                }
            }
        }
        return found.sorted()
    }

    /// The same for two paths that lead to one file: of a directory and one below it, a file is meant once.
    static func identity(of path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
    }

    /// The directory that a file is in.
    static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
