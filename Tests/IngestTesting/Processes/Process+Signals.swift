package import Foundation
internal import Glibc

extension Process {
    /// As `run()`, but the program can be terminated: threads of the pool block signals, what they start inherits that,
    /// and a broker that SIGTERM does not reach stays until it is killed.
    package func runWithSignals() throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}
