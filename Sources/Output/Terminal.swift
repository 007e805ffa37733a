internal import Glibc
internal import Settings
internal import Synchronization

/// Lines for people and programs: results on standard output, all else on standard error.
package enum Terminal {
    /// Standard output cannot be written (`EX_IOERR`).
    package static let outputFailed: Int32 = 74
    /// The reader of standard output has gone: as a process that SIGPIPE ends. Nothing is reported.
    package static let readerGone: Int32 = 141

    /// Queue of standard error after ``useLog()``.
    private static let queue = Mutex<LogQueue?>(nil)
    /// The first failure of ``report(_:)``.
    private static let failure = Mutex<Int32?>(nil)

    /// A line of what a verb was asked for. Where it cannot be written the process ends at once with an error: its
    /// reader must not take a part for the whole. Blocks as long as the reader does.
    package static func line(_ text: String) {
        if let error = DescriptorWriter.write(text + "\n", to: STDOUT_FILENO).error { end(unwritable: error) }
    }

    /// A line that tells of one of several things done: where it cannot be written, the others are done all the same, and
    /// the process ends with that error afterwards.
    package static func report(_ text: String) {
        guard let error = DescriptorWriter.write(text + "\n", to: STDOUT_FILENO).error else { return }
        failure.withLock { $0 = $0 ?? error }
    }

    /// A line for standard error, without the secrets of this process. Once the log is used, it never blocks.
    package static func error(_ text: String) { toStandardError(Redactor.shared.clean(text) + "\n") }

    /// Without a line's end: for progress that is written over.
    package static func progress(_ text: String) { toStandardError(text) }

    /// Writes standard error by a queue from now on: a service must not block because its log is not read.
    @discardableResult
    package static func useLog() -> LogQueue {
        queue.withLock { queue in
            if let queue { return queue }
            let new = LogQueue(descriptor: STDERR_FILENO)
            queue = new
            return new
        }
    }

    /// The log, where it is used.
    package static var log: LogQueue? { queue.withLock { $0 } }

    /// Ends the process, as every verb does: what was said is written first, for at most a second, and what could not be
    /// printed counts more than `code`.
    package static func end(_ code: Int32) -> Never {
        if let error = failure.withLock({ $0 }) { end(unwritable: error) }
        // Some file systems report a full disk only here.
        if close(STDOUT_FILENO) != 0, errno != EBADF, errno != EINTR { end(unwritable: errno) }
        log?.flush(within: .seconds(1))
        exit(code)
    }

    private static func end(unwritable error: Int32) -> Never {
        guard error != EPIPE else { _exit(readerGone) }
        Self.error(
            "standard output cannot be written: \(String(cString: strerror(error))); what was printed is not all")
        log?.flush(within: .seconds(1))
        _exit(outputFailed)
    }

    private static func toStandardError(_ text: String) {
        if let log { log.put(text) } else { _ = DescriptorWriter.write(text, to: STDERR_FILENO) }
    }

    /// Text from outside, with what a terminal would act on made visible: control characters as their pictures, and
    /// those that turn the direction of writing. `isOneLine`: line ends and tabs, too.
    package static func visible(_ text: String, isOneLine: Bool = true) -> String {
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A: visible.append(isOneLine ? picture(scalar) : scalar)
            case 0..<0x20, 0x7F: visible.append(picture(scalar))
            case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069: visible.append("\u{FFFD}")
            default: visible.append(scalar)
            }
        }
        return String(visible)
    }

    private static func picture(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(scalar.value == 0x7F ? 0x2421 : 0x2400 + scalar.value) ?? "\u{FFFD}"
    }

    package static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    package static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of the terminal; 100 elsewhere.
    package static var width: Int {
        var size = winsize()
        guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }
}
