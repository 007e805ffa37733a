internal import Settings
internal import ArgumentParser
internal import BSON
internal import Contracts
internal import JSON
internal import MongoStore
internal import Operations
internal import Output

extension PostingsCommand {
    private static let most = 1_000_000

    /// Acts on each selected posting in a transaction of its own, with an audit row. Exits 1 if one failed.
    static func perform(
        _ action: PostingRequest.Action, on choice: PostingSelection, _ bulk: BulkOptions,
        _ options: some SettingsLayers
    ) async throws {
        let settings = try options.load(needing: [.store])
        let isText = bulk.output.format == .text
        let counts = try await DeadLetterService.with(settings) { service in
            let ids = try await ids(choice, service.reader)
            var counts = BulkCounts(total: ids.count)
            var bar = ProgressBar(label: action == .retry ? "retrying" : "discarding", total: ids.count)
            for (number, id) in ids.enumerated() {
                let outcome =
                    bulk.dryRun
                    ? try await service.outcome(of: action, on: id)
                    : try await service.perform(action, on: id, reason: bulk.reason)
                if let problem = outcome.problem(id) {
                    Terminal.error(problem)
                    counts.failed += 1
                } else if isText, !bulk.dryRun {
                    Terminal.report("\(id): \(action == .retry ? "tried at the next look" : "discarded")")
                }
                bar.update(number + 1)
            }
            bar.finish()
            return counts
        }
        if bulk.dryRun || !isText || counts.total == 0 {
            bulk.report(
                counts, of: "posting", done: action == .retry ? "retried" : "discarded",
                would: action == .retry ? "would be retried" : "would be discarded")
        }
        if counts.failed > 0 { throw ExitCode.failure }
    }

    private static func ids(_ choice: PostingSelection, _ reader: MongoReader) async throws -> [ByteString] {
        guard choice.ids.isEmpty else { return choice.ids.map { ByteString($0) } }
        let rows = try await reader.find(
            in: StoreCollections.postings, filter: choice.filter.query, sort: PostingText.byID, projection: ["_id": 1],
            limit: most)
        return (0..<rows.count).compactMap {
            rows.withDocument($0) { BSONElements($0).first(named: "_id")?.byteString }
        }
    }
}

extension PostingRequest.Outcome {
    /// Why nothing was done; nil where it was.
    fileprivate func problem(_ id: ByteString) -> String? {
        switch self {
        case .done: nil
        case .missing: "there is no posting '\(id)'; 'gateway postings list' shows those there are"
        case .empty: "'\(id)' has nothing to send: it could not be rendered; fix its document, or discard it"
        }
    }
}
