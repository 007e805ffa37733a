internal import ArgumentParser
internal import Foundation
internal import Mappings
internal import Output

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Creates a starter project: settings, routes with their tests, a definition, messages.",
        discussion: """
            Everything is commented and passes 'gateway check' and 'gateway test'. Files that are there are never \
            overwritten.

            EXAMPLE
              gateway init promo && cd promo && gateway check && gateway test
            """)

    @Argument(help: ArgumentHelp("The directory; created if missing.", valueName: "dir"))
    var directory: String

    func run() throws {
        let files = StarterProject.files + [("mappings/mapping.schema.json", LanguageSchema.mapping + "\n")]
        let there = files.map { directory + "/" + $0.path }.filter { FileManager.default.fileExists(atPath: $0) }
        guard there.isEmpty else {
            Terminal.error("\(there.joined(separator: ", ")): there already; name an empty directory")
            throw ExitCode.failure
        }
        for (path, text) in files {
            let url = URL(fileURLWithPath: directory + "/" + path)
            do {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                // Atomically, so that a full disk leaves no partial file.
                try Data(text.utf8).write(to: url, options: .atomic)
            } catch {
                Terminal.error("\(url.path): cannot write the file; allow it, or name another directory")
                throw ExitCode.failure
            }
            Terminal.report("made \(directory)/\(path)")
        }
        Terminal.line("next: cd \(directory) && gateway check && gateway test && gateway plan messages/products.json")
    }
}
