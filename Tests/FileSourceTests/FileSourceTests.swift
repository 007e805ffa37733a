import Contracts
import FileSource
import Foundation
import Glibc
import JSON
import Logging
import Testing

/// Files of lines, on a real file system.
@Suite(.timeLimit(.minutes(1))) struct FileSourceTests {
    private struct Folder: ~Copyable {
        let url: URL

        init() throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("replay-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: url.appendingPathComponent(name))
        }

        func append(_ text: String, to name: String) throws {
            let handle = try FileHandle(forWritingTo: url.appendingPathComponent(name))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }

        var names: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
        }
    }

    private final class Reader {
        let source: FileSource
        private var iterator: AsyncStream<SourceEvent>.Iterator
        private var waiting: [Delivery] = []

        init(_ path: String, lineBytes: Int = 1000, prefetch: Int = 100) {
            source = FileSource(
                FileSourceOptions(route: "r", queue: "file", path: path, lineBytes: lineBytes, prefetch: prefetch),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            iterator = source.events.makeAsyncIterator()
        }

        func deliveries(_ count: Int) async throws -> [Delivery] {
            while waiting.count < count {
                let event = try #require(await iterator.next(isolation: nil))
                if case .deliveries(let more) = event { waiting += more }
            }
            defer { waiting.removeFirst(count) }
            return Array(waiting.prefix(count))
        }

        /// The deliveries of one event.
        func event() async throws -> [Delivery] {
            while true {
                let event = try #require(await iterator.next(isolation: nil))
                if case .deliveries(let deliveries) = event { return deliveries }
            }
        }

        func close() async { await source.close() }
    }

    private func texts(_ deliveries: [Delivery]) -> [String] {
        deliveries.map { String(decoding: $0.body, as: UTF8.self) }
    }

    /// Holds a file open, and appends to it as soon as it is renamed.
    private func append(_ text: String, whenRenamed path: String, first: @escaping @Sendable () throws -> Void = {})
        throws
        -> Task<Void, any Error>
    {
        let file = open(path, O_WRONLY | O_APPEND)
        try #require(file >= 0)
        return Task.detached {
            defer { close(file) }
            for _ in 0..<3000 where access(path + ".done", F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
            try first()
            _ = Array(text.utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        }
    }

    @Test(arguments: ["", "{\"n\":2}\n"])
    func `lines written after the rename are read under the old name`(more: String) async throws {
        let folder = try Folder()
        try folder.write("{\"n\":1}\n" + more, to: "a.ndjson")
        let writer = try append("{\"n\":3}\n", whenRenamed: folder.url.path + "/a.ndjson")
        let reader = Reader(folder.url.path)
        let first = try await reader.deliveries(more.isEmpty ? 1 : 2)
        reader.source.acknowledge(upTo: try #require(first.last).tag)
        let again = try await reader.deliveries(first.count + 1)
        try await writer.value
        #expect(again.prefix(first.count).map(\.properties.messageId) == first.map(\.properties.messageId))
        #expect(texts(again).last == "{\"n\":3}")
        reader.source.acknowledge(upTo: try #require(again.last).tag)
        await reader.close()
        #expect(folder.names == ["a.ndjson.done"])
    }

    @Test func `lines written after the rename are reported if a new file has the old name`() async throws {
        let folder = try Folder()
        let path = folder.url.path + "/a.ndjson"
        try folder.write("{\"n\":1}\n", to: "a.ndjson")
        let writer = try append("{\"n\":3}\n", whenRenamed: path) {
            try Data("{\"n\":2}\n".utf8).write(to: URL(fileURLWithPath: path))
        }
        let reader = Reader(folder.url.path)
        let first = try await reader.deliveries(1)
        reader.source.acknowledge(upTo: try #require(first.last).tag)
        #expect(texts(try await reader.deliveries(1)) == ["{\"n\":2}"])
        try await writer.value
        let words = reader.source.trouble?.words ?? ""
        #expect(words.contains("a.ndjson.done") && words.contains("there is a new"), "\(words)")
        await reader.close()
    }

    @Test func `a name that is not UTF-8 is reported`() async throws {
        let folder = try Folder()
        let bytes = Array(folder.url.path.utf8) + Array("/caf".utf8) + [0xE9] + Array(".ndjson".utf8) + [0]
        let file = bytes.withUnsafeBufferPointer { name in
            name.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_WRONLY | O_CREAT, 0o644) }
        }
        try #require(file >= 0)
        close(file)
        try folder.write("{}\n", to: "b.ndjson")
        let reader = Reader(folder.url.path)
        #expect(try await reader.deliveries(1).count == 1)
        let words = reader.source.trouble?.words ?? ""
        #expect(words.contains("not UTF-8") && words.contains("rename"), "\(words)")
        await reader.close()
    }

    @Test
    func `each line is a message, in the order of files and lines, and a file whose lines are settled is renamed`()
        async throws
    {
        let folder = try Folder()
        try folder.write("{\"n\":3}\n", to: "b.ndjson")
        try folder.write("\u{FEFF}{\"n\":1}\r\n  \n\nno JSON", to: "a.ndjson")
        try folder.write("", to: "empty.ndjson")
        try folder.write("{}", to: "other.json")
        let reader = Reader(folder.url.path)
        let deliveries = try await reader.deliveries(3)
        #expect(texts(deliveries) == ["{\"n\":1}\r", "no JSON", "{\"n\":3}"])
        #expect(deliveries.map(\.queue) == ["file", "file", "file"])
        #expect(
            deliveries.map { $0.properties.headers.map(\.value) }
                == [
                    [.string("a.ndjson"), .integer(1)], [.string("a.ndjson"), .integer(4)],
                    [.string("b.ndjson"), .integer(1)],
                ])
        let ids = deliveries.map { $0.properties.messageId?.description ?? "" }
        #expect(ids[0].hasPrefix("r:a.ndjson:"))
        #expect(Set(ids).count == 3)
        reader.source.acknowledge(upTo: deliveries[1].tag)
        await reader.close()
        #expect(folder.names == ["a.ndjson.done", "b.ndjson", "empty.ndjson", "other.json"])

        // What was not settled comes again, under the same ids.
        let second = Reader(folder.url.path)
        let again = try await second.deliveries(1)
        #expect(again[0].properties.messageId == deliveries[2].properties.messageId)
        second.source.acknowledge(upTo: again[0].tag)
        // A file that comes again under its name: its lines are others, also where they say the same at the same place.
        try folder.write("\u{FEFF}{\"n\":1}\r\n", to: "a.ndjson")
        let more = try await second.deliveries(1)
        #expect(texts(more) == ["{\"n\":1}\r"])
        #expect(more[0].properties.messageId != deliveries[0].properties.messageId)
        second.source.acknowledge(upTo: more[0].tag)
        await second.close()
        #expect(
            folder.names == ["a.ndjson.done", "a.ndjson.done.2", "b.ndjson.done", "empty.ndjson.done", "other.json"])
    }

    @Test func `no more lines are out than may be`() async throws {
        let folder = try Folder()
        try folder.write((1...50).map { "\($0)\n" }.joined(), to: "a.txt")
        let reader = Reader(folder.url.path + "/*.txt", prefetch: 10)
        var next = 1
        var acknowledged = 0
        while next <= 50 {
            let lines = try await reader.event()
            #expect(texts(lines) == (next..<next + lines.count).map { "\($0)" })
            next += lines.count
            #expect(next - 1 - acknowledged <= 10)
            // All but three: so many are still out.
            let settled = try #require(lines.dropLast(3).last ?? lines.last)
            reader.source.acknowledge(upTo: settled.tag)
            acknowledged = Int(settled.tag.number)
        }
        await reader.close()
        #expect(folder.names == ["a.txt"])
    }

    @Test func `a line that is too long is handed out with its beginning, and never held as a whole`() async throws {
        let folder = try Folder()
        let long = String(repeating: "x", count: 3_000_000)
        try folder.write("\(long)a\n\(long)b\n{}\n" + String(repeating: "y", count: 1000), to: "a.ndjson")
        let reader = Reader(folder.url.path)
        let deliveries = try await reader.deliveries(4)
        #expect(deliveries.map(\.body.count) == [1001, 1001, 2, 1000])
        // The whole line makes the id.
        #expect(Set(deliveries.map { $0.properties.messageId?.description.suffix(16) }).count == 4)
        await reader.close()
    }

    @Test func `the mark before the first line does not count into its length`() async throws {
        let folder = try Folder()
        try folder.write("\u{FEFF}" + String(repeating: "x", count: 1000) + "\n", to: "a.ndjson")
        try folder.write("\u{FEFF}" + String(repeating: "x", count: 1001) + "\n", to: "b.ndjson")
        let reader = Reader(folder.url.path)
        #expect(try await reader.deliveries(2).map(\.body.count) == [1000, 1001])
        await reader.close()
    }

    @Test func `a file that is written to while it is read is read again, and is not done before`() async throws {
        let folder = try Folder()
        try folder.write("1\n2\n3", to: "a.ndjson")
        let reader = Reader(folder.url.path, prefetch: 2)
        let first = try await reader.deliveries(2)
        try folder.append("4\n5\n", to: "a.ndjson")
        reader.source.acknowledge(upTo: first[1].tag)
        // The third line is not taken before its end is there.
        let again = try await reader.deliveries(2)
        #expect(texts(again) == ["34", "5"] || texts(again) == ["1", "2"])
        reader.source.acknowledge(upTo: again[1].tag)
        var last = again
        while texts(last) != ["34", "5"] {
            last = try await reader.deliveries(2)
            reader.source.acknowledge(upTo: last[1].tag)
        }
        await reader.close()
        #expect(folder.names == ["a.ndjson"] || folder.names == ["a.ndjson.done"])
    }

    @Test func `a directory that is not there is told, until it is`() async throws {
        let folder = try Folder()
        let path = folder.url.appendingPathComponent("later").path
        let reader = Reader(path + "/*.ndjson")
        let source = reader.source
        let first = Task { () -> [Delivery] in
            for await event in source.events {
                if case .deliveries(let deliveries) = event { return deliveries }
            }
            return []
        }
        while reader.source.trouble == nil { await Task.yield() }
        #expect(reader.source.trouble?.words.contains("'\(path)' cannot be read: it does not exist; create it") == true)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try folder.write("{}\n", to: "later/a.ndjson")
        #expect(texts(await first.value) == ["{}"])
        #expect(reader.source.trouble == nil)
        await reader.close()
    }
}
