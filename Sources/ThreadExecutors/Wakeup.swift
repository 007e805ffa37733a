internal import CThreadExecutors
internal import Glibc

/// An eventfd that wakes a thread blocked in poll(2). Any thread may signal; the owner polls ``descriptor`` and drains.
package final class Wakeup: Sendable {
    /// To be polled for reading. Closed on deinit.
    package let descriptor: Int32

    /// Fails only if the process is out of file descriptors.
    package init() {
        descriptor = promo_eventfd_new()
        precondition(descriptor >= 0, "no file descriptor left for an eventfd (errno \(errno)); raise 'ulimit -n'")
    }

    deinit { close(descriptor) }

    /// Wakes the owner. Never blocks; signals before the next drain coalesce.
    package func signal() { promo_eventfd_signal(descriptor) }

    /// Clears all signals so far. Called by the owner after poll(2) reported the descriptor.
    package func drain() { promo_eventfd_drain(descriptor) }
}
