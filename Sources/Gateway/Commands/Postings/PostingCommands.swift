internal import Settings
internal import ArgumentParser
internal import BSON
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Output

/// Common parts of the verbs of `gateway postings`.
enum PostingCommands {
    /// Acts on each posting in a transaction of its own, with an audit row. Exits 1 if one failed.
    static func perform(_ action: PostingRequest.Action, on ids: [String], _ options: SettingsOptions) async throws {
        let settings = try options.load(needing: [.store])
        let failed = try await DeadLetterService.with(settings) { service in
            var failed = 0
            for id in ids {
                switch try await service.perform(action, on: ByteString(id)) {
                case .done: Terminal.report("\(id): \(action == .retry ? "tried at the next look" : "discarded")")
                case .missing:
                    Terminal.error("there is no posting '\(id)'; 'gateway postings list' shows those there are")
                    failed += 1
                case .empty:
                    Terminal.error(
                        "'\(id)' has nothing to send: it could not be rendered; fix its document, or discard it")
                    failed += 1
                }
            }
            return failed
        }
        if failed > 0 { throw ExitCode.failure }
    }
}
