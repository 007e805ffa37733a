internal import ArgumentParser
internal import Foundation
internal import Schemas

/// The schemas of a directory, to be referred to by others.
enum RemoteSchemas {
    /// Where the files of a directory count as coming from: the address that the official test suite uses.
    static let base = "http://localhost:1234/"

    /// What is no schema of this draft is left out: such a directory may hold those of older drafts too. A reference to
    /// one of them says that it leads nowhere.
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
