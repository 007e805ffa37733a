internal import ArgumentParser
internal import Foundation
internal import Output
internal import Schemas

/// Registers the schemas of a directory as reference targets.
enum RemoteSchemas {
    /// Base URI of a directory's files: that of the official test suite.
    static let base = "http://localhost:1234/"

    /// Files that are not schemas of this draft are skipped: the directory may hold older drafts. References to them
    /// are unresolved.
    static func registry(directory: String) throws -> SchemaRegistry {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue,
            let walk = FileManager.default.enumerator(atPath: directory)
        else {
            Terminal.error("--remotes: there is no directory '\(directory)'; create it or correct the path")
            throw ExitCode.failure
        }
        let paths = walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }.sorted()
        let files = paths.compactMap { path in
            FileManager.default.contents(atPath: directory + "/" + path).map {
                DefinitionFile(name: path, bytes: Array($0))
            }
        }
        var registry = SchemaRegistry()
        _ = registry.add(files: files, base: base)
        return registry
    }
}
