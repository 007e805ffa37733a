internal import Glibc

/// What a signal means until the services have handlers of their own: there is nothing to drain yet.
package enum StartupSignals {
    /// SIGTERM and SIGINT end the process with 0 at once, SIGHUP is nothing.
    package static func take() {
        signal(SIGTERM) { _ in _exit(0) }
        signal(SIGINT) { _ in _exit(0) }
        signal(SIGHUP, SIG_IGN)
    }
}
