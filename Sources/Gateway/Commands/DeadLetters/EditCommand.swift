internal import Settings
internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import Ingest
internal import JSON
internal import Operations
internal import Output

extension DeadLettersCommand {
    struct EditCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "edit",
            abstract: "Replaces the message of a dead letter by an edited one.",
            discussion: """
                Takes the message from --file, or opens it in $EDITOR. It must be JSON; whether it is then right, \
                'gateway plan' tells of the file beforehand. The dead letter stays open until it is replayed.

                EXAMPLE
                  gateway dead-letters edit 65f0c0ffee65f0c0ffee65f0
                  gateway dead-letters edit 65f0c0ffee65f0c0ffee65f0 --file mended.json
                  gateway dead-letters replay 65f0c0ffee65f0c0ffee65f0
                """)

        @Argument(help: "Id of the dead letter, as printed by 'list'.")
        var id: String

        @Option(help: "The edited message; - for standard input.")
        var file: String?

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try options.load(needing: [.store])
            try await DeadLetterService.with(settings) { service in
                let key = ByteString(id)
                guard let letter = try await service.letter(key) else {
                    Terminal.error(DeadLetterRequest.Outcome.missing.problem(key) ?? "")
                    throw ExitCode.failure
                }
                // If its payload is incomplete, the edited message replaces the rest.
                let before = try await service.body(of: letter) ?? []
                let message = try file.map { try Self.read($0) } ?? Self.edited(before, id: id)
                do throws(JSONSyntaxError) {
                    _ = try JSONParser().parse(message)
                } catch {
                    Terminal.error("not saved, it is not JSON: \(error)")
                    throw ExitCode.failure
                }
                guard message != before else {
                    Terminal.error("nothing has changed")
                    return
                }
                if let problem = try await service.perform(.edit(message), on: key).problem(key) {
                    Terminal.error(problem)
                    throw ExitCode.failure
                }
                Terminal.line("edited; 'gateway dead-letters replay \(id)' sends it again")
            }
        }

        private static func read(_ path: String) throws -> [UInt8] {
            if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
            guard let data = FileManager.default.contents(atPath: path) else {
                Terminal.error("\(path): cannot read the file; give the path of a message in JSON")
                throw ExitCode.failure
            }
            return Array(data)
        }

        /// Opens an editor; returns the edited text.
        private static func edited(_ message: [UInt8], id: String) throws -> [UInt8] {
            let environment = ProcessInfo.processInfo.environment
            guard let editor = environment["VISUAL"] ?? environment["EDITOR"], !editor.isEmpty,
                isatty(STDIN_FILENO) == 1
            else {
                Terminal.error("give the edited message with --file, or set EDITOR and run this on a terminal")
                throw ExitCode.failure
            }
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent("gateway-\(UUID())")
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(at: directory) }
            let file = directory.appendingPathComponent("\(id).json")
            // One member per line, values unchanged.
            try Data(JSONText.pretty(message).map { $0 + [UInt8(ascii: "\n")] } ?? message).write(to: file)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "\(editor) \"$1\"", "sh", file.path]
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                Terminal.error("the editor ended with \(process.terminationStatus); nothing is saved")
                throw ExitCode.failure
            }
            return Array(try Data(contentsOf: file))
        }
    }
}
