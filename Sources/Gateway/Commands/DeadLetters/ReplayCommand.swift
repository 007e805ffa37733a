internal import Settings
internal import ArgumentParser
internal import BSON
internal import JSON
internal import Operations
internal import Output

extension DeadLettersCommand {
    struct ReplayCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Sends dead letters again, once each, to their original queue.",
            discussion: """
                A letter that is replayed is noted as a posting in the same transaction that says so: pressed twice, or by \
                two people at once, it is sent once. A running gateway publishes it, with the properties and headers \
                of the message, under its message-id with #r1 and the dead letter's id behind it. What fails again is a new dead letter.

                EXAMPLE
                  gateway dead-letters replay 65f0c0ffee65f0c0ffee65f0
                  gateway dead-letters replay --code schema --catalog catalogItem --before 1h --rate 50
                  gateway dead-letters replay --all --canary
                """)

        @OptionGroup var choice: DeadLetterSelection

        @Option(help: "Maximum number per second.")
        var rate: Int?

        @Flag(help: "Replay one first, and the others only if it was applied.")
        var canary = false

        @Flag(help: "Only print their number.")
        var dryRun = false

        @OptionGroup var options: SettingsOptions

        func validate() throws {
            if let rate, rate < 1 { throw ValidationError("--rate is at least 1") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let failed = try await DeadLetterService.with(settings) { service in
                var ids = try await choice.ids(with: service, settings)
                if dryRun {
                    Terminal.line("\(ids.count) dead letter\(ids.count == 1 ? "" : "s") would be sent again")
                    return 0
                }
                let total = ids.count
                var failed = 0
                if canary, let first = ids.first {
                    ids.removeFirst()
                    guard try await Canary(service: service).goesWell(first) else {
                        if !ids.isEmpty { Terminal.error("the other \(ids.count) stay open") }
                        return 1
                    }
                }
                var bar = ProgressBar(label: "replaying", total: ids.count)
                for (number, id) in ids.enumerated() {
                    if try await !Self.replay(id, service) { failed += 1 }
                    bar.update(number + 1)
                    if let rate { try await Task.sleep(for: .seconds(1) / rate) }
                }
                bar.finish()
                Terminal.line("replayed \(total - failed) of \(total)")
                return failed
            }
            if failed > 0 { throw ExitCode.failure }
        }

        private static func replay(_ id: ByteString, _ service: DeadLetterService) async throws -> Bool {
            guard let problem = try await service.replay(id).problem(id) else { return true }
            Terminal.error(problem)
            return false
        }
    }
}

/// A dead letter replayed before the others (canary).
private struct Canary {
    private static let patience = Duration.seconds(30)

    let service: DeadLetterService

    /// Whether it was sent and applied without a new dead letter. Reports the result.
    func goesWell(_ id: ByteString) async throws -> Bool {
        let outcome = try await service.replay(id)
        guard case .done = outcome else {
            Terminal.error(outcome.problem(id) ?? "")
            return false
        }
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end, let replay = try await service.fate(of: id) {
            switch replay {
            case .failed(let letter):
                Terminal.error(
                    "the first one, \(id), failed again: \(letter.withDocument(0) { DeadLetterText.line($0) })")
                return false
            case .applied:
                Terminal.line("the first one, \(id), was applied")
                return true
            case .sent, .notSent: try await Task.sleep(for: .milliseconds(100))
            }
        }
        Terminal.error(
            "the first one, \(id), was not applied within 30 s; is a gateway running, and does it consume the dead letter's queue?"
        )
        return false
    }
}
