internal import ArgumentParser
internal import Documents
internal import MongoStore
internal import Pipeline
internal import Records

/// What the verbs of `gateway postings` share.
enum PostingVerbs {
    static let byID: [UInt8] = {
        var sort: [UInt8] = []
        sort.appendDocument { $0.append("_id", int64: 1) }
        return sort
    }()

    static func json(_ row: PostingRow) -> String {
        var object = JSONObjectText()
        object.add("id", row.id.description)
        object.add("state", row.state.rawValue)
        object.add("origin", row.origin.rawValue)
        object.add("name", row.name)
        object.add("destination", row.target.description)
        object.add("messageId", row.messageId?.description)
        object.add("attempts", row.attempts)
        object.add("registeredAt", Instant.text(milliseconds: row.registeredAt))
        object.add("failedSince", row.failedSince.map { Instant.text(milliseconds: $0) })
        object.add("reason", row.reason)
        object.add("body", String(decoding: row.body, as: UTF8.self))
        return object.text
    }

    /// Each in a transaction of its own, with a row in the audit. Exits 1 where one could not be done.
    static func perform(_ action: PostingOrder.Action, on ids: [String], _ options: SettingsOptions) async throws {
        let settings = try options.load(needing: [.store])
        let failed = try await LetterDesk.with(settings) { desk in
            var failed = 0
            for id in ids {
                switch try await desk.perform(action, on: ByteString(id)) {
                case .done: Terminal.report("\(id): \(action == .retry ? "tried at the next look" : "discarded")")
                case .missing:
                    Terminal.error("there is no posting '\(id)'; 'gateway postings list' shows those there are")
                    failed += 1
                case .empty:
                    Terminal.error(
                        "'\(id)' has nothing to send: it could not be made; mend its document, or discard it")
                    failed += 1
                }
            }
            return failed
        }
        if failed > 0 { throw ExitCode.failure }
    }
}
