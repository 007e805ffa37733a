import ArgumentParser
import Foundation
@testable import Gateway
import Operations
import Testing

/// What the command line says and takes, without any server.
@Suite struct CommandLineTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: [
        ("deadletters", "'gateway' has no verb 'deadletters'; did you mean 'gateway dead-letters'?"),
        ("dead-leters list", "'gateway' has no verb 'dead-leters'; did you mean 'gateway dead-letters'?"),
        ("letters", "'gateway' has no verb 'letters'; did you mean 'gateway dead-letters'?"),
        ("stauts", "'gateway' has no verb 'stauts'; did you mean 'gateway status'?"),
        ("dead-letters lsit", "'gateway dead-letters' has no verb 'lsit'; did you mean 'gateway dead-letters list'?"),
        ("feeds rewnid x", "'gateway feeds' has no verb 'rewnid'; did you mean 'gateway feeds rewind'?"),
        ("help deadletters", "'gateway' has no verb 'deadletters'; did you mean 'gateway dead-letters'?"),
        ("replay x", "'gateway' has no verb 'replay'; did you mean 'gateway dead-letters replay'?"),
        ("config sett a b", "'gateway config' has no verb 'sett'; did you mean 'gateway config set'?"),
    ]) func `an unknown verb has a suggestion`(_ line: String, _ expected: String) {
        #expect(VerbNames.problem(in: line.split(separator: " ").map(String.init)) == expected)
    }

    @Test(arguments: [
        "", "--version", "--help", "help", "help dead-letters", "status", "dead-letters", "dead-letters --code schema",
        "dead-letters show deadletters", "plan lsit", "feeds rewind rewnid", "-h", "help dead-letters list",
    ]) func `a known verb has none`(_ line: String) {
        #expect(VerbNames.problem(in: line.split(separator: " ").map(String.init)) == nil)
    }

    @Test func `a verb that is like no other lists those there are`() {
        let words = VerbNames.problem(in: ["dead-letters", "zzzzzzz"])
        #expect(words?.contains("there are list, groups, show, edit, replay, discard, restore, export") == true)
    }

    @Test(arguments: CompletionsCommand.Shell.allCases)
    func `completion knows every verb`(_ shell: CompletionsCommand.Shell) throws {
        let own: CompletionShell = shell == .bash ? .bash : shell == .zsh ? .zsh : .fish
        let script = GatewayCommand.completionScript(for: own)
        for command in Self.all where command.configuration.shouldDisplay {
            #expect(script.contains(command._commandName), "\(command)")
        }
    }

    private static func help(_ command: any ParsableCommand.Type) -> String { command.helpMessage(columns: 100) }

    private static let all: [any ParsableCommand.Type] = {
        func below(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
            [command] + command.configuration.subcommands.flatMap { below($0) }
        }
        return below(GatewayCommand.self)
    }()

    @Test func `options that mean nothing on a verb are not in its help, and are taken all the same`() throws {
        let silent: [any ParsableCommand.Type] = [
            StatusCommand.self, SendCommand.self, FeedsCommand.RewindCommand.self, FeedsCommand.ListCommand.self,
            PostingsCommand.ListCommand.self, ConfigCommand.SetCommand.self, DeadLettersCommand.ShowCommand.self,
        ]
        for command in silent {
            #expect(!Self.help(command).contains("--mappings"), "\(command)")
            #expect(!Self.help(command).contains("--definitions"), "\(command)")
        }
        #expect(Self.help(RunCommand.self).contains("--mappings"))
        #expect(Self.help(PlanCommand.self).contains("--definitions"))
        #expect(!Self.help(DeadLettersCommand.ListCommand.self).contains("--mappings"))
        #expect(Self.help(DeadLettersCommand.ListCommand.self).contains("--definitions"))
        _ = try FeedsCommand.ListCommand.parse(["--mappings", "m", "--definitions", "d"])
        _ = try DeadLettersCommand.ListCommand.parse(["--mappings", "m", "--definitions", "d"])
    }

    @Test func `verbs of one kind have the same options`() {
        let acting: [any ParsableCommand.Type] = [
            DeadLettersCommand.ReplayCommand.self, DeadLettersCommand.DiscardCommand.self,
            DeadLettersCommand.RestoreCommand.self, DeadLettersCommand.EditCommand.self,
            PostingsCommand.RetryCommand.self, PostingsCommand.DiscardCommand.self, FeedsCommand.RunCommand.self,
            FeedsCommand.PauseCommand.self, FeedsCommand.ResumeCommand.self, FeedsCommand.RewindCommand.self,
            ConfigCommand.SetCommand.self, ConfigCommand.UnsetCommand.self,
        ]
        for command in acting {
            for option in ["--dry-run", "--reason", "--format"] {
                #expect(Self.help(command).contains(option), "\(command) \(option)")
            }
        }
        for command in [PostingsCommand.ListCommand.self, PostingsCommand.RetryCommand.self]
            as [any ParsableCommand.Type]
        {
            for option in ["--name", "--state", "--origin", "--to", "--since", "--before", "--id"] {
                #expect(Self.help(command).contains(option), "\(command) \(option)")
            }
        }
    }

    /// The files of this repository that examples name exist.
    @Test func `help names files that exist`() {
        var named = 0
        for command in Self.all {
            let words = Self.help(command).split { $0 == " " || $0 == "\n" }.map(String.init)
            for word in words where word.hasPrefix("samples/") || word.hasPrefix("mappings/examples") {
                named += 1
                let path = Self.root.appendingPathComponent(word).path
                #expect(FileManager.default.fileExists(atPath: path), "\(command): \(word)")
            }
        }
        #expect(named > 4)
    }

    @Test func `the shipped folder can be planned and explained, with the result first`() async throws {
        let options = try ProjectOptions.parse(["--mappings", Self.root.appendingPathComponent("mappings").path])
        let sample = Self.root.appendingPathComponent("samples/catalogs/catalogItem.json").path
        let results = try await MessageFiles(try MessageOptions.parse([]), options).run([sample])
        #expect(results.count == 1 && results.allSatisfy { !$0.hasRejections })
        let lines = ExplainText.page(try #require(results.first)).split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("result       ") == true && lines.first?.contains("inserted") == true)
        let bad = Self.root.appendingPathComponent("samples/bad/notJson.json").path
        let refused = try await MessageFiles(try MessageOptions.parse([]), options).run([bad])
        #expect(ExplainText.page(try #require(refused.first)).hasPrefix("result       a dead letter, as a whole\n"))
    }

    @Test(arguments: [
        (0, 10, 10.0, "0/10, 0/s"), (5, 10, 10.0, "5/10, 0.5/s, 10 s left"), (10, 10, 10.0, "10/10, 1.0/s"),
        (500, 5000, 10.0, "500/5000, 50/s, 90 s left"),
    ]) func `progress tells rate and time left`(_ done: Int, _ total: Int, _ seconds: Double, _ words: String) {
        #expect(ProgressBar.words(done, of: total, after: .seconds(seconds)) == words)
    }

    @Test func `what a person did with a dead letter, in a line`() {
        let entry = AuditEntry(at: 1_767_225_600_000, who: "ana@console", action: "discard", detail: "test data")
        #expect(entry.text == "2026-01-01T00:00:00Z  discarded by ana@console: test data")
    }

    @Test(arguments: [
        ["--since", "last tuesday"], ["--before", "2x"], ["--state", "lost"], ["--origin", "nowhere"],
        ["--limit", "0"],
    ]) func `a wrong filter of postings is refused`(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try PostingsCommand.ListCommand.parse(arguments) }
    }

    @Test func `postings are chosen in one way`() throws {
        #expect(throws: (any Error).self) { try PostingsCommand.RetryCommand.parse([]) }
        #expect(throws: (any Error).self) { try PostingsCommand.RetryCommand.parse(["a", "--all"]) }
        #expect(throws: (any Error).self) { try PostingsCommand.DiscardCommand.parse(["a", "--state", "stuck"]) }
        #expect(try PostingsCommand.RetryCommand.parse(["a", "b", "--reason", "r"]).choice.ids == ["a", "b"])
        #expect(try PostingsCommand.DiscardCommand.parse(["--state", "stuck", "--dry-run"]).bulk.dryRun)
    }
}
