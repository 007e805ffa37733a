internal import CLanes
internal import Glibc

/// An eventfd: wakes a thread that waits in poll(2). Any thread may signal; the owner waits on ``descriptor`` and drains.
package final class Wakeup: Sendable {
    /// To be polled for reading. Closed when the object goes.
    package let descriptor: Int32

    /// Fails only when the process has no file descriptors left.
    package init() {
        descriptor = promo_eventfd_new()
        precondition(descriptor >= 0, "no file descriptor left for an eventfd (errno \(errno)); raise 'ulimit -n'")
    }

    deinit { close(descriptor) }

    /// Wakes the owner. Never blocks; signals given while it is awake collapse into one.
    package func signal() { promo_eventfd_signal(descriptor) }

    /// Takes back all signals given so far. By the owner, after poll(2) reported the descriptor.
    package func drain() { promo_eventfd_drain(descriptor) }
}
