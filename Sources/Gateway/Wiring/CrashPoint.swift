#if DEBUG
    internal import ArgumentParser
    internal import Glibc
    internal import Pipeline
    internal import Synchronization

    /// Ends the process as `kill -9` would, without a last instruction, at the place that `GATEWAY_CRASH_AT` names: for tests
    /// of what a crash leaves behind. `beforeCommit:3` is the third time that this is reached. Only in debug builds.
    final class CrashPoint: Sendable {
        private static let variable = "GATEWAY_CRASH_AT"

        private let point: Checkpoint
        private let time: Int
        private let count = Atomic(0)

        /// Nil where the variable is not set. Tells what is wrong with it, and throws the exit code.
        init?() throws {
            guard let text = getenv(Self.variable).map({ String(cString: $0) }), !text.isEmpty else { return nil }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let point = Checkpoint(rawValue: String(parts[0])), let time = Int(parts[1]),
                time > 0
            else {
                let points = Checkpoint.allCases.map(\.rawValue).joined(separator: ", ")
                Terminal.error(
                    "\(Self.variable)='\(text)': write POINT:TIME, such as beforeCommit:3; POINT is one of \(points)")
                throw ExitCode(78)
            }
            self.point = point
            self.time = time
        }

        /// From any thread. Does not return the time that it is about.
        func reached(_ point: Checkpoint) {
            guard point == self.point, count.add(1, ordering: .relaxed).newValue == time else { return }
            // For whoever reads the log: it did not die of something else. Past every buffer.
            Terminal.log?.flush(within: .seconds(1))
            let words = Array("\(Self.variable): killed at \(point.rawValue), time \(time)\n".utf8)
            _ = write(STDERR_FILENO, words, words.count)
            kill(getpid(), SIGKILL)
            while true { pause() }
        }
    }
#endif
