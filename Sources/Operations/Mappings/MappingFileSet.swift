internal import Foundation
internal import Settings

/// The mapping and test files that a path names: one selection for all verbs and the service. A file is itself; a directory
/// is its own files and those of its `feeds`, without hidden ones and copies that editors keep.
package enum MappingFileSet {
    private static let endings = [".yaml", ".yml"]

    /// Mappings, in order; nil for a path that does not exist.
    package static func mappings(in path: String) -> [String]? { files(in: path) { isMapping($0) } }

    /// Tests of mappings, in order; nil for a path that does not exist.
    package static func tests(in path: String) -> [String]? { files(in: path) { isTest($0) } }

    /// A mapping: tests and lookup tables are not.
    package static func isMapping(_ path: String) -> Bool {
        endings.contains { path.hasSuffix($0) && !path.hasSuffix(".table" + $0) } && !isTest(path)
    }

    package static func isTest(_ path: String) -> Bool { endings.contains { path.hasSuffix(".test" + $0) } }

    private static func files(in path: String, _ isWanted: (String) -> Bool) -> [String]? {
        guard Files.exists(path) else { return nil }
        guard Files.isDirectory(path) else { return isWanted(path) ? [path] : [] }
        let directory = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        return [directory, directory + "/feeds"].flatMap { directory in
            (Files.names(in: directory) ?? []).filter { Files.isShown($0) && isWanted($0) }.sorted()
                .map { directory + "/" + $0 }.filter { !Files.isDirectory($0) }
        }
    }

    /// That of the settings, and directories named `definitions` beside the files that the paths name, of examples and
    /// projects that bring their own. Each once, however it is written.
    package static func definitions(_ directory: String?, beside paths: [String]) -> [String] {
        var known: Set<String> = []
        return ((directory.map { [$0] } ?? []) + definitions(beside: paths)).filter {
            known.insert(identity(of: $0)).inserted
        }
    }

    private static func definitions(beside paths: [String]) -> [String] {
        var found: Set<String> = []
        for path in paths {
            for file in mappings(in: path) ?? [] {
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
