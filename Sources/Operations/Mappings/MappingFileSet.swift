internal import Foundation
internal import Settings

/// The mapping and test files that paths on a command line name: files themselves, or all below a directory.
package enum MappingFileSet {
    /// Files whose names end so, in order; nil for a path that does not exist.
    package static func files(in path: String, ending: String) -> [String]? {
        guard Files.exists(path) else { return nil }
        guard Files.isDirectory(path) else { return [path] }
        let directory = path.hasSuffix("/") ? String(path.dropLast()) : path
        return Files.allNames(below: path).filter { $0.hasSuffix(ending) }.map { directory + "/" + $0 }.sorted()
    }

    /// Directories named `definitions` among the paths, or beside the files that they name: those of examples and projects
    /// that bring their own.
    package static func definitions(beside paths: [String]) -> [String] {
        var found: Set<String> = []
        for path in paths {
            for file in files(in: path, ending: ".yaml") ?? [] {
                let directory = directory(of: file) + "/definitions"
                if Files.isDirectory(directory) { found.insert(directory) }
            }
        }
        return found.sorted()
    }

    /// The same for two paths that lead to one file: of a directory and one below it, a file is meant once.
    package static func identity(of path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    package static func text(of path: String) -> String? { Files.text(path) }

    /// The directory that a file is in.
    package static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
