internal import Glibc
internal import Synchronization

/// A serial executor on one OS thread of its own: an actor that holds a blocking C handle names it as its executor and so
/// never blocks the cooperative pool.
///
/// Jobs run in the order they were enqueued. ``stop()`` ends the thread after the jobs that are already there.
package final class Lane: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wakeup = Wakeup()

    package init(named name: String) {
        LaneThread.start(named: name) { [self] in run() }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = state.withLock { state in
            state.jobs.append(job)
            return state.jobs.count == 1
        }
        if mustWake { wakeup.signal() }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Lets the thread end once it has run what was enqueued before. An actor on this lane must not be called afterwards.
    package func stop() {
        state.withLock { $0.isStopped = true }
        wakeup.signal()
    }

    private func run() {
        while true {
            let (jobs, isStopped) = state.withLock { state in
                let taken = state.jobs
                state.jobs.removeAll(keepingCapacity: true)
                return (taken, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if !jobs.isEmpty { continue }
            if isStopped { return }
            var descriptor = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, -1)
            wakeup.drain()
        }
    }
}
