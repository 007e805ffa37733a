internal import ArgumentParser
internal import Foundation
internal import Output
package import Schemas
internal import Settings

/// Reads the definitions: those in the binary, and a directory's on top.
package enum CatalogLoader {
    package struct Loaded {
        /// Nil where something is wrong.
        package var catalogs: Catalogs?
        package var findings: [Diagnostic] = []

        package var count: Int { catalogs?.all.count ?? 0 }
    }

    /// All definitions, or their errors.
    package static func check(directory: String?) -> Loaded { check(directories: directory.map { [$0] } ?? []) }

    /// The same with those of several directories.
    package static func check(directories: [String]) -> Loaded {
        var loaded = Loaded()
        do throws(SchemaError) {
            let builtin = try Catalogs.builtin()
            var files: [DefinitionFile] = []
            for directory in directories {
                let found = read(directory)
                files += found.files
                loaded.findings += found.findings
            }
            let findings = loaded.findings
            do throws(SchemaErrors) {
                let all = try builtin.adding(files: files)
                // The catalog may be a dynamic one that is added later: only a hint.
                let hints = all.unknownReferences + all.misspelledKeywords
                loaded.findings += hints.map { Diagnostic($0, severity: .hint) }
                if findings.isEmpty { loaded.catalogs = all }
            } catch {
                loaded.findings += error.errors.map { Diagnostic($0) }
            }
        } catch {
            loaded.findings.append(Diagnostic(error))
        }
        return loaded
    }

    /// All definitions, or exit 78 with one line for each mistake.
    package static func load(directory: String?) throws -> Catalogs {
        try load(directories: directory.map { [$0] } ?? [])
    }

    /// The same with those of several directories.
    package static func load(directories: [String]) throws -> Catalogs {
        let loaded = check(directories: directories)
        for finding in loaded.findings { Terminal.error(finding.description) }
        guard let catalogs = loaded.catalogs else { throw ExitCode(78) }
        return catalogs
    }

    private static func read(_ directory: String) -> (files: [DefinitionFile], findings: [Diagnostic]) {
        guard Files.isDirectory(directory) else {
            let message = "definitions.directory: there is no directory '\(directory)'; create it or correct the path"
            return ([], [Diagnostic(file: directory, position: nil, rule: "definitions-directory", message: message)])
        }
        var files: [DefinitionFile] = []
        var findings: [Diagnostic] = []
        let names = (Files.names(in: directory) ?? []).sorted()
        for name in names where name.hasSuffix(".json") && Files.isShown(name) {
            let path = directory + "/" + name
            if let data = Files.content(path) {
                files.append(DefinitionFile(name: path, bytes: Array(data)))
            } else {
                findings.append(
                    Diagnostic(
                        file: path, position: nil, rule: "definition-file",
                        message: "cannot read the file; allow it to be read"))
            }
        }
        return (files, findings)
    }
}

extension Diagnostic {
    fileprivate init(_ error: SchemaError, severity: SettingDiagnostic.Severity = .error) {
        self.init(
            file: error.file ?? "definition", position: error.position, rule: "definition-\(error.code.rawValue)",
            message: error.message, severity: severity)
    }
}
