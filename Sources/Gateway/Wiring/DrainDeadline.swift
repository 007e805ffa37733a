internal import Glibc
internal import Lanes
internal import Logging

/// Ends the process when a drain takes too long, for example because a call to a server that is gone still hangs.
///
/// Nothing is lost by it: what is not acknowledged the broker delivers again, and what was committed the ledger knows.
enum DrainDeadline {
    /// From the signal to the end, in seconds.
    static let seconds: UInt32 = 9

    /// Starts to count. On a thread of its own: the tasks' threads may be what hangs.
    static func start(logger: Logger) {
        LaneThread.start(named: "drain-deadline") {
            sleep(seconds)
            logger.warning("not all was settled in time; the broker will deliver it again")
            // Not for long: it may be the log's reader that stands still.
            Terminal.log?.flush(within: .milliseconds(300))
            _exit(0)
        }
    }
}
