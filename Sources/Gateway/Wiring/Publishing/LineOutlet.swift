internal import Foundation
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
        case .file(let path): return append(rows, to: path)
        }
    }

    /// On the disk when this returns.
    private func append(_ rows: [PostingRow], to path: String) -> [PostingResult] {
        var lines = Data()
        for row in rows {
            lines.append(contentsOf: row.body)
            lines.append(UInt8(ascii: "\n"))
        }
        do {
            if !FileManager.default.fileExists(atPath: path) {
                guard FileManager.default.createFile(atPath: path, contents: nil) else {
                    throw CocoaError(.fileNoSuchFile)
                }
            }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: lines)
            try file.synchronize()
            return rows.map { _ in .confirmed }
        } catch {
            let reason = "it cannot be written; make its directory, make room, or give the right to write there"
            return rows.map { _ in .returned(code: 0, reason: reason) }
        }
    }
}
