internal import Settings
internal import ArgumentParser
internal import Contracts
internal import DryRun
internal import Mappings
internal import Foundation
internal import Glibc
internal import Ingest
internal import JSON
internal import MongoStore
internal import Operations
internal import Output
internal import Schemas

extension DeadLettersCommand {
    struct EditCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "edit",
            abstract: "Replaces the message of a dead letter by an edited one.",
            discussion: """
                Takes the message from --file, or opens it in $EDITOR. It must be JSON. What its route will refuse of it is \
                said before it is saved; with --dry-run it is not saved. The dead letter stays open until it is replayed.

                EXAMPLE
                  gateway dead-letters edit 65f0c0ffee65f0c0ffee65f0
                  gateway dead-letters edit 65f0c0ffee65f0c0ffee65f0 --file edited.json
                  gateway dead-letters replay 65f0c0ffee65f0c0ffee65f0
                """)

        @Argument(help: "Id of the dead letter, as printed by 'list'.")
        var id: String

        @Option(help: "The edited message; - for standard input.")
        var file: String?

        @OptionGroup var bulk: BulkOptions
        @OptionGroup var options: ProjectOptions

        func run() async throws {
            let settings = try options.load(needing: [.store])
            try await DeadLetterService.with(settings) { service in
                let key = ByteString(id)
                guard let letter = try await service.letter(key) else {
                    Terminal.error(DeadLetterRequest.Outcome.missing.problem(key) ?? "")
                    throw ExitCode.failure
                }
                if letter.state != .open {
                    Terminal.error(DeadLetterRequest.Outcome.notOpen(state: letter.state).problem(key) ?? "")
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
                let refusals = await printRefusals(of: message, letter, settings, service.reader)
                if !bulk.dryRun,
                    let problem = try await service.perform(.edit(message), on: key, reason: bulk.reason).problem(key)
                {
                    Terminal.error(problem)
                    throw ExitCode.failure
                }
                report(refusals)
            }
        }

        /// Prints what the dead letter's route will refuse of the message, and returns it; nil if that is not known.
        private func printRefusals(
            of message: [UInt8], _ letter: DeadLetter, _ settings: Settings, _ reader: MongoReader
        ) async -> [Reason]? {
            let loaded = CatalogLoader.check(directory: settings[.definitionsDirectory])
            guard let files = loaded.catalogs else { return notChecked(loaded.findings) }
            let catalogs: Catalogs
            let effective: Settings
            do {
                catalogs = try await DynamicFields.added(to: files, from: reader)
                let stored = CollectionSettings(try await ConfigurationCollection.documents(reader))
                effective = options.reader.read(collection: stored).settings
            } catch {
                Terminal.error("not checked: \(error)")
                return nil
            }
            // Here no queue has to be named.
            let (table, findings) = MappingLoader.check(
                offline: effective[.mappingsDirectory], catalogs: catalogs, variables: effective.variables)
            guard let table else { return notChecked(findings) }
            guard let route = table.routes.first(where: { $0.name == letter.route }) else {
                Terminal.error(
                    "not checked: there is no route '\(letter.route)' in these mappings; name those of the gateway with"
                        + " --mappings and --definitions")
                return nil
            }
            let dryRun = RouteDryRun(
                route, catalogs: catalogs, now: WallClock.now(), companies: effective[.companiesAllowed],
                limits: effective.limits, setting: effective.text)
            let reasons = EditedMessage.refusals(of: message, letter, on: dryRun)
            for reason in reasons.prefix(Self.mostReasons) {
                Terminal.error("will be refused: \(reason.code.rawValue): \(Terminal.visible(reason.text))")
            }
            if reasons.count > Self.mostReasons { Terminal.error("and \(reasons.count - Self.mostReasons) more") }
            return reasons
        }

        private func notChecked(_ findings: [Diagnostic]) -> [Reason]? {
            for finding in findings where finding.severity != .hint { Terminal.error(finding.description) }
            Terminal.error("not checked: these definitions and mappings cannot be used")
            return nil
        }

        private static let mostReasons = 20

        private func report(_ refusals: [Reason]?) {
            switch bulk.output.format {
            case .text:
                Terminal.line(
                    bulk.dryRun
                        ? "not saved (--dry-run)" : "edited; 'gateway dead-letters replay \(id)' sends it again")
            case .json:
                var object = JSONObjectText()
                object.add("id", id)
                object.add("dryRun", bulk.dryRun)
                object.add("refused", refusals?.count)
                Terminal.line(object.text)
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
