import Glibc
@testable import Output
import Synchronization
import Testing

@Suite struct DescriptorWriterTests {
    @Test func `all of it arrives through a pipe that does not block and is read slowly`() {
        var ends: [Int32] = [0, 0]
        _ = pipe(&ends)
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        let text = (0..<40_000).map { "line \($0)\n" }.joined()
        let done = Mutex<DescriptorWriter.Result?>(nil)
        let thread = Thread(text: text, descriptor: writing, done: { result in done.withLock { $0 = result } })
        thread.start()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1000)
        while bytes.count < text.utf8.count {
            let count = read(reading, &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] } else { usleep(100) }
        }
        thread.join()
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(done.withLock { $0 } == DescriptorWriter.Result(count: text.utf8.count, error: nil))
    }

    @Test func `what cannot be written is told`() {
        signal(SIGPIPE, SIG_IGN)
        let full = open("/dev/full", O_WRONLY)
        #expect(DescriptorWriter.write("x", to: full) == DescriptorWriter.Result(count: 0, error: ENOSPC))
        close(full)
        var ends: [Int32] = [0, 0]
        _ = pipe(&ends)
        close(ends[0])
        #expect(DescriptorWriter.write("x", to: ends[1]) == DescriptorWriter.Result(count: 0, error: EPIPE))
        let nothing = open("/dev/null", O_RDONLY)
        #expect(DescriptorWriter.write("x", to: nothing) == DescriptorWriter.Result(count: 0, error: EBADF))
    }

    private final class Thread: Sendable {
        private let work: @Sendable () -> Void
        private let id = Mutex<pthread_t>(0)

        init(text: String, descriptor: Int32, done: @escaping @Sendable (DescriptorWriter.Result) -> Void) {
            work = { done(DescriptorWriter.write(text, to: descriptor)) }
        }

        func start() {
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(self).toOpaque()
            pthread_create(
                &thread, nil,
                { raw in
                    guard let raw else { return nil }
                    Unmanaged<Thread>.fromOpaque(raw).takeRetainedValue().work()
                    return nil
                }, argument)
            let started = thread
            id.withLock { $0 = started }
        }

        func join() { pthread_join(id.withLock { $0 }, nil) }
    }
}
