import Contracts
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
