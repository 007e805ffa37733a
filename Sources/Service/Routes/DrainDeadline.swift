internal import Glibc
internal import Logging
internal import Output
internal import Synchronization
internal import ThreadExecutors

/// Ends the process if draining takes too long, for example because of a hanging call to an unreachable server.
///
/// Nothing is lost: unacknowledged messages are redelivered, and the ledger knows what was committed.
enum DrainDeadline {
    /// Seconds from the signal to the end.
    static let seconds: UInt32 = 9

    /// Exit status if the deadline ends the process: 0, unless the start failed.
    private static let status = Atomic<Int32>(0)

    /// Sets the exit status that the deadline uses.
    static func endWith(status: Int32) { Self.status.store(status, ordering: .relaxed) }

    /// Starts the timer, on its own thread: the thread pool may be what hangs.
    static func start(logger: Logger) {
        ExecutorThread.start(named: "drain-deadline") {
            sleep(seconds)
            let status = status.load(ordering: .relaxed)
            if status == 0 { logger.warning("not all was settled in time; the broker will deliver it again") }
            // Briefly: the log's reader may be what hangs.
            Terminal.log?.flush(within: .milliseconds(300))
            _exit(status)
        }
    }
}
