import Glibc
@testable import Output
import Testing

@Suite struct LogQueueTests {
    /// Both ends of a pipe, of which the one that is written to blocks.
    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() {
            var ends: [Int32] = [0, 0]
            _ = pipe(&ends)
            (reading, writing) = (ends[0], ends[1])
        }

        /// Writes empty lines until no more goes in, and returns how many: from now on a writer stands still.
        func fill() -> Int {
            let flags = fcntl(writing, F_GETFL)
            _ = fcntl(writing, F_SETFL, flags | O_NONBLOCK)
            var count = 0
            while write(writing, "\n", 1) == 1 { count += 1 }
            _ = fcntl(writing, F_SETFL, flags)
            return count
        }

        /// All that is written until `count` lines have come.
        func lines(_ count: Int) -> [String] {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while bytes.count(where: { $0 == 10 }) < count {
                let read = Glibc.read(reading, &buffer, buffer.count)
                guard read > 0 else { break }
                bytes += buffer[..<read]
            }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func `lines come in order, each once`() {
        let pipe = Pipe()
        let queue = LogQueue(descriptor: pipe.writing)
        for number in 0..<10_000 { queue.put("line \(number)\n") }
        #expect(pipe.lines(10_000) == (0..<10_000).map { "line \($0)" })
        #expect(queue.lost == 0 && queue.trouble == nil)
    }

    @Test func `where nobody reads, nobody waits: the newest are dropped, and how many is told in their place`() {
        let pipe = Pipe()
        let empty = pipe.fill()
        let queue = LogQueue(descriptor: pipe.writing, room: 100_000)
        let text = String(repeating: "x", count: 90)
        for number in 0..<5000 { queue.put("\(number) \(text)\n") }
        let lost = queue.lost
        #expect(lost > 3000 && lost < 5000)
        #expect(queue.trouble?.words.contains("\(lost) lost so far") == true)
        queue.flush(within: .milliseconds(20))
        let lines = pipe.lines(empty + 5000 - lost + 1)
        #expect(lines.dropLast().map { Int($0.prefix { $0 != " " }) } == (0..<(5000 - lost)).map { $0 })
        #expect(lines.last?.hasSuffix("WARNING log: \(lost) lines lost here: standard error did not take them") == true)
        queue.put("again\n")
        #expect(pipe.lines(1) == ["again"])
    }

    @Test(arguments: [0, 5_000])
    func `a reader that has gone costs the lines and nothing else, and the next one is told`(
        pause: UInt32
    ) async {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let queue = LogQueue(descriptor: pipe.writing)
        close(pipe.reading)
        queue.put("one\n")
        queue.put("two\n")
        queue.put("three\n")
        usleep(pause)
        // With a report of those before it, which is lost as well.
        queue.put("four\n")
        #expect(await queue.isThrough(since: 0, within: .seconds(60)) == false)
        queue.flush(within: .seconds(60))
        #expect(queue.lost == 4)
        #expect(queue.trouble != nil)
        // Another reader under the same number.
        let other = Pipe()
        dup2(other.writing, pipe.writing)
        queue.put("five\n")
        let lines = other.lines(2)
        #expect(lines.first?.contains("4 lines lost here") == true)
        #expect(lines.last == "five")
    }

    @Test func `who must know waits until his line is written`() async {
        let pipe = Pipe()
        let queue = LogQueue(descriptor: pipe.writing, room: 1 << 20)
        queue.put("a posting\n")
        #expect(await queue.isThrough(since: queue.lost, within: .seconds(60)))
        // Full from here on.
        queue.put(String(repeating: "y", count: 200_000) + "\n")
        queue.put("another posting\n")
        #expect(await queue.isThrough(since: queue.lost, within: .milliseconds(20)) == false)
    }
}
