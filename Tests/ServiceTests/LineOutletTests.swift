import Contracts
import Foundation
import Glibc
import JSON
import Logging
import Mappings
import Output
@testable import Service
import Testing

/// Postings to files and to the log: confirmed when they are written, and not before.
@Suite struct LineOutletTests {
    /// Writes its input into a queue.
    private struct Handler: LogHandler {
        let queue: LogQueue
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.error

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { queue.put("\(event.message)\n") }
    }

    private static func row(_ target: PostingTarget, _ body: String) -> PostingRow {
        PostingRow(
            id: ByteString("id"), origin: .route, name: "rejects", target: target, body: Array(body.utf8),
            registeredAt: 0)
    }

    @Test func `a line for the log is confirmed when it is there, whatever the level, and waits where nobody reads`()
        async
    {
        var ends: [Int32] = [0, 0]
        _ = pipe(&ends)
        let queue = LogQueue(descriptor: ends[1])
        let outlet = LineOutlet(logger: Logger(label: "test") { _ in Handler(queue: queue) }, log: queue)
        #expect(await outlet.deliver([Self.row(.log, "{}")]) == [.confirmed])
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = read(ends[0], &buffer, buffer.count)
        #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self) == "rejects: {}\n")

        queue.put(String(repeating: "x", count: 200_000) + "\n")
        guard case .returned(_, let reason)? = await outlet.deliver([Self.row(.log, "{}")]).first else {
            Issue.record("it was not given back")
            return
        }
        #expect(reason.contains("standard error"))
    }

    /// The disk fills up at every place of what is written: what was there stays, and each line is there once, whole.
    @Test func `a write that fails in the middle leaves no part of a line`() throws {
        let name = FileManager.default.temporaryDirectory.appendingPathComponent("lines-\(UUID().uuidString)").path
        defer { unlink(name) }
        let rows = [Array(#"{"n":1}"#.utf8), Array(#"{"n":2}"#.utf8)]
        let whole = "{\"n\":1}\n{\"n\":2}\n"
        for room in 0..<whole.utf8.count {
            unlink(name)
            #expect(LineFile(path: name).append([Array("before".utf8)]) == nil)
            var left = room
            let full = LineFile(path: name) { file, bytes, count in
                guard left > 0 else {
                    errno = ENOSPC
                    return -1
                }
                let part = min(left, count)
                left -= part
                return write(file, bytes, part)
            }
            let problem = try #require(full.append(rows))
            #expect(problem.contains("make room"), "\(problem)")
            #expect(try String(contentsOfFile: name, encoding: .utf8) == "before\n")
            #expect(LineFile(path: name).append(rows) == nil)
            #expect(try String(contentsOfFile: name, encoding: .utf8) == "before\n" + whole)
        }
    }

    @Test func `what a killed process left of a line is not glued to the next one`() throws {
        let name = FileManager.default.temporaryDirectory.appendingPathComponent("lines-\(UUID().uuidString)").path
        defer { unlink(name) }
        for torn in ["", "{", "{\"n\":1}", "{\"n\":1}\n", "{\"n\":1}\n{\"n"] {
            try Data(torn.utf8).write(to: URL(fileURLWithPath: name))
            #expect(LineFile(path: name).append([Array("{}".utf8)]) == nil)
            let lines = try String(contentsOfFile: name, encoding: .utf8).split(separator: "\n")
            #expect(lines == torn.split(separator: "\n") + ["{}"])
        }
    }

    @Test func `a file that cannot be written is told with its remedy`() async {
        let outlet = LineOutlet(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, log: nil)
        guard case .returned(_, let reason)? = await outlet.deliver([Self.row(.file(path: "/dev/full"), "{}")]).first
        else {
            Issue.record("it was not given back")
            return
        }
        #expect(reason.contains("make room"), "\(reason)")
    }
}
