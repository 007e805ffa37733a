internal import Contracts
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

        @OptionGroup var bulk: BulkOptions
        @OptionGroup var options: DefinitionsOptions

        func validate() throws {
            if let rate, rate < 1 { throw ValidationError("--rate is at least 1") }
        }

        func run() async throws {
            let settings = try options.load(needing: [.store])
            let counts = try await DeadLetterService.with(settings) { service -> BulkCounts in
                var ids = try await choice.ids(with: service, settings)
                if bulk.dryRun { return try await choice.rehearse(ids, with: service, .open) }
                var counts = BulkCounts(total: ids.count)
                if canary, let first = ids.first {
                    ids.removeFirst()
                    guard try await Canary(service: service, bulk: bulk).goesWell(first) else {
                        if !ids.isEmpty { Terminal.error("the other \(ids.count) stay open") }
                        counts.failed = 1
                        counts.left = ids.count
                        return counts
                    }
                }
                var bar = ProgressBar(label: "replaying", total: ids.count)
                for (number, id) in ids.enumerated() {
                    if let problem = try await service.replay(id, reason: bulk.reason).problem(id) {
                        Terminal.error(problem)
                        counts.failed += 1
                    }
                    bar.update(number + 1)
                    if let rate, number < ids.count - 1 { try await Task.sleep(for: .seconds(1) / rate) }
                }
                bar.finish()
                return counts
            }
            bulk.report(counts, of: "dead letter", done: "replayed", would: "would be sent again")
            if counts.failed > 0 { throw ExitCode.failure }
        }
    }
}

/// A dead letter replayed before the others (canary).
private struct Canary {
    private static let patience = Duration.seconds(30)

    let service: DeadLetterService
    let bulk: BulkOptions

    /// Whether it was sent and applied without a new dead letter. Reports the result.
    func goesWell(_ id: ByteString) async throws -> Bool {
        let outcome = try await service.replay(id, reason: bulk.reason)
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
                let words = "the first one, \(id), was applied"
                if bulk.output.format == .text { Terminal.line(words) } else { Terminal.error(words) }
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
