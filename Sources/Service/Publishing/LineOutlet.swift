internal import Contracts
internal import Logging
internal import Output

/// Writes postings to the targets `file` and `log`, one line each.
///
/// A posting to the log is confirmed once its line is written, regardless of `log.level`: other log lines may be
/// dropped when standard error has no reader, postings may not.
struct LineOutlet: PostingOutlet {
    private let logger: Logger
    private let log: LogQueue?
    /// Time limit for the log's reader; other postings wait meanwhile.
    private static let patience = Duration.seconds(1)

    /// `log`: the logger's queue; nil if unbuffered.
    init(logger: Logger, log: LogQueue?) {
        var logger = logger
        logger.logLevel = .trace
        self.logger = logger
        self.log = log
    }

    func deliver(_ rows: [PostingRow]) async -> [PostingResult] {
        guard let target = rows.first?.target else { return [] }
        switch target {
        case .amqp, .webSocket: return rows.map { _ in .unknown(reason: "a posting has come to the wrong outlet") }
        case .log:
            let lost = log?.lost ?? 0
            for row in rows { logger.notice("\(row.name): \(String(decoding: row.body, as: UTF8.self))") }
            guard await log?.isThrough(since: lost, within: Self.patience) ?? true else {
                let reason =
                    "standard error does not take it; let the log's reader go on, or make room where it is written"
                return rows.map { _ in .returned(code: 0, reason: reason) }
            }
            return rows.map { _ in .confirmed }
        case .file(let path):
            guard let problem = LineFile(path: path).append(rows.map(\.body)) else {
                return rows.map { _ in .confirmed }
            }
            return rows.map { _ in .returned(code: 0, reason: problem) }
        }
    }
}
