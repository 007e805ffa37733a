internal import Glibc
internal import Synchronization

/// A serial executor on a dedicated OS thread. An actor that holds a blocking C handle uses it, so that the cooperative
/// pool is never blocked.
///
/// Jobs run in enqueue order. ``stop()`` ends the thread after the pending jobs.
package final class ThreadExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wakeup = Wakeup()

    package init(named name: String) {
        ExecutorThread.start(named: name) { [self] in run() }
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

    /// Ends the thread after the jobs already enqueued. An actor on this executor must not be called afterwards.
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
