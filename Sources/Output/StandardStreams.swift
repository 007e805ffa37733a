internal import CStandardError  // for what it does before `main`
internal import Glibc

/// What the process finds as its standard streams.
package enum StandardStreams {
    /// First of all, before anything is opened: a stream that is closed (`>&-`) would otherwise become the number of the next
    /// socket or file, and what is printed would be written into that one. Afterwards writing there fails, and a reader that
    /// has gone is an error of `write` and no signal.
    package static func prepare() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // Takes the lowest free number, which is this one; opened in the wrong direction, so that its use fails.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
        signal(SIGPIPE, SIG_IGN)
    }
}
