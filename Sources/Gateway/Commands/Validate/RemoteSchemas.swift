internal import ArgumentParser
internal import Documents
internal import Foundation
internal import Schemas

/// The schemas of a directory, to be referred to by others.
enum RemoteSchemas {
    /// Where the files of a directory count as coming from: the address that the official test suite uses.
    static let base = "http://localhost:1234/"

    /// Files that are no schema of this draft are left out: such a directory may hold those of older drafts too. A
    /// reference to one of them says that it leads nowhere.
    static func registry(directory: String) throws -> SchemaRegistry {
        guard let walk = FileManager.default.enumerator(atPath: directory) else {
            Terminal.error("--remotes: there is no directory '\(directory)'; create it or correct the path")
            throw ExitCode.failure
        }
        var registry = SchemaRegistry()
        let parser = JSONParser()
        let paths = walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }.sorted()
        for path in paths {
            guard let data = FileManager.default.contents(atPath: directory + "/" + path),
                let document = try? parser.parse(Array(data)), !namesOlderDraft(document)
            else { continue }
            try? registry.add(document, retrievalURI: base + path, file: path)
        }
        return registry
    }

    private static func namesOlderDraft(_ document: JSONDocument) -> Bool {
        document.withRoot { root in
            guard let dialect = root["$schema"]?.string else { return false }
            return dialect.contains("json-schema.org/draft") && !dialect.contains("2020-12")
        }
    }
}
