internal import Contracts
internal import Glibc
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
        case .amqp: return rows.map { _ in .unknown(reason: "a broker's posting has come to the wrong outlet") }
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
            guard let problem = Self.append(rows, to: path) else { return rows.map { _ in .confirmed } }
            return rows.map { _ in .returned(code: 0, reason: problem) }
        }
    }

    /// Why the lines are not durable, with the remedy; nil if they are.
    private static func append(_ rows: [PostingRow], to path: String) -> String? {
        var lines: [UInt8] = []
        for row in rows {
            lines += row.body
            lines.append(UInt8(ascii: "\n"))
        }
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { return problem() }
        defer { close(file) }
        var done = 0
        while done < lines.count {
            let count = lines[done...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return problem() }
            done += count
        }
        return fsync(file) == 0 ? nil : problem()
    }

    private static func problem() -> String {
        let code = errno
        let remedy =
            switch code {
            case ENOENT, ENOTDIR: "make its directory"
            case EACCES, EPERM, EROFS: "give the gateway the right to write there"
            case ENOSPC, EDQUOT: "make room on the disk"
            case EISDIR: "name a file, not a directory"
            default: "look at the disk"
            }
        return "it cannot be written: \(String(cString: strerror(code))); \(remedy)"
    }
}
