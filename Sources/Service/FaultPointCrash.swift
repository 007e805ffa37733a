internal import Output
internal import Contracts

#if DEBUG
    internal import ArgumentParser
    internal import Glibc
    internal import Output
    internal import Contracts
    internal import Synchronization

    /// Kills the process, like `kill -9`, at the step named by `GATEWAY_CRASH_AT`: for tests of crash recovery.
    /// `beforeCommit:3`: the third time. Only in debug builds.
    final class FaultPointCrash: Sendable {
        private static let variable = "GATEWAY_CRASH_AT"

        private let point: FaultPoint
        private let time: Int
        private let count = Atomic(0)

        /// Nil if the variable is unset. Reports an invalid value and throws the exit code.
        init?() throws {
            guard let text = getenv(Self.variable).map({ String(cString: $0) }), !text.isEmpty else { return nil }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let point = FaultPoint(rawValue: String(parts[0])), let time = Int(parts[1]),
                time > 0
            else {
                let points = FaultPoint.allCases.map(\.rawValue).joined(separator: ", ")
                Terminal.error(
                    "\(Self.variable)='\(text)': write POINT:TIME, such as beforeCommit:3; POINT is one of \(points)")
                throw ExitCode(78)
            }
            self.point = point
            self.time = time
        }

        /// Thread-safe. Does not return at the configured step.
        func reached(_ point: FaultPoint) {
            guard point == self.point, count.add(1, ordering: .relaxed).newValue == time else { return }
            // Logged, so that it is not mistaken for another crash. Bypasses buffers.
            Terminal.log?.flush(within: .seconds(1))
            let words = Array("\(Self.variable): killed at \(point.rawValue), time \(time)\n".utf8)
            _ = write(STDERR_FILENO, words, words.count)
            kill(getpid(), SIGKILL)
            while true { pause() }
        }
    }
#endif
