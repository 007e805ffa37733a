internal import ArgumentParser
internal import Foundation
internal import Schemas

/// Reads the definitions: those in the binary, and a directory's on top.
enum CatalogLoader {
    struct Loaded {
        /// Nil where something is wrong.
        var catalogs: Catalogs?
        var findings: [Finding] = []

        var count: Int { catalogs?.all.count ?? 0 }
    }

    /// All definitions, or what is wrong with them.
    static func check(directory: String?) -> Loaded { check(directories: directory.map { [$0] } ?? []) }

    /// The same with those of several directories.
    static func check(directories: [String]) -> Loaded {
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
                // A catalog referred to may be a dynamic one that comes later: worth a hint, no reason to refuse.
                loaded.findings += all.unknownReferences.map { Finding($0, severity: .hint) }
                if findings.isEmpty { loaded.catalogs = all }
            } catch {
                loaded.findings += error.errors.map { Finding($0) }
            }
        } catch {
            loaded.findings.append(Finding(error))
        }
        return loaded
    }

    /// All definitions, or exit 78 with one line for each mistake.
    static func load(directory: String?) throws -> Catalogs {
        let loaded = check(directory: directory)
        for finding in loaded.findings { Terminal.error(finding.description) }
        guard let catalogs = loaded.catalogs else { throw ExitCode(78) }
        return catalogs
    }

    private static func read(_ directory: String) -> (files: [DefinitionFile], findings: [Finding]) {
        guard Files.isDirectory(directory) else {
            let message = "definitions.directory: there is no directory '\(directory)'; create it or correct the path"
            return ([], [Finding(file: directory, position: nil, rule: "definitions-directory", message: message)])
        }
        var files: [DefinitionFile] = []
        var findings: [Finding] = []
        let names = (Files.names(in: directory) ?? []).sorted()
        for name in names where name.hasSuffix(".json") {
            let path = directory + "/" + name
            if let data = Files.content(path) {
                files.append(DefinitionFile(name: path, bytes: Array(data)))
            } else {
                findings.append(
                    Finding(
                        file: path, position: nil, rule: "definition-file",
                        message: "cannot read the file; allow it to be read"))
            }
        }
        return (files, findings)
    }
}

extension Finding {
    fileprivate init(_ error: SchemaError, severity: SettingMistake.Severity = .error) {
        self.init(
            file: error.file ?? "definition", position: error.position, rule: "definition-\(error.code.rawValue)",
            message: error.message, severity: severity)
    }
}
