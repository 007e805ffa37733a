internal import Glibc
internal import Logging
internal import Pipeline

/// The targets `file` and `log`: a line each.
struct LineOutlet: PostingOutlet {
    let logger: Logger

    func deliver(_ rows: [PostingRow]) async -> [PostingResult] {
        guard let target = rows.first?.target else { return [] }
        switch target {
        case .amqp: return rows.map { _ in .unknown(reason: "a broker's posting has come to the wrong outlet") }
        case .log:
            for row in rows { logger.notice("\(row.name): \(String(decoding: row.body, as: UTF8.self))") }
            return rows.map { _ in .confirmed }
        case .file(let path):
            guard let problem = Self.append(rows, to: path) else { return rows.map { _ in .confirmed } }
            return rows.map { _ in .returned(code: 0, reason: problem) }
        }
    }

    /// Returns why the lines are not on the disk, with the remedy; nil where they are.
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
