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

    static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
    }

    /// The directory that a file is in.
    static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
