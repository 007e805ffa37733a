internal import Contracts
internal import Glibc
internal import Synchronization
internal import ThreadExecutors

/// A bounded queue of log lines, written in order by its own thread, so that logging never waits for a blocked reader
/// (a terminal after Ctrl-S, a pipe that is not read).
///
/// What finds no room is dropped, and so is what the descriptor refuses (a full disk, a reader that has gone); how many
/// lines that were stands in their place as soon as it takes lines again. From any thread.
package final class LogQueue: Sendable {
    /// Of all lines that wait.
    package static let maximumBytes = 4 << 20
    /// After this time without a line taken, ``trouble`` reports it; in milliseconds.
    private static let patience: Int64 = 5_000

    private struct Line {
        let text: String
        /// Lost lines that it reports; 0: it is a line of the log.
        var reported = 0
    }

    private struct State {
        var lines: [Line] = []
        /// Unwritten bytes, including those in the thread's hands.
        var bytes = 0
        /// Lines accepted so far, and written ones of those.
        var kept = 0
        var through = 0
        /// Lines lost so far, and those not yet reported.
        var lost = 0
        var untold = 0
        /// Until half of the room is free again: otherwise every second line would report the others.
        var isDropping = false
        /// When the line being written was started, and when losses started; milliseconds since 1970.
        var busySince: Int64?
        var losingSince: Int64?
        /// The loss could not be reported either: tried again with the next line.
        var hasFailedToTell = false

        mutating func append(_ line: Line) {
            lines.append(line)
            bytes += line.text.utf8.count
            kept += 1
        }

        /// `reported`: by the line, if it is a report. Those must be reported again, but are not lost once more.
        mutating func lose(reported: Int = 0) {
            if untold == 0 { losingSince = WallClock.now() }
            if reported == 0 { lost += 1 }
            untold += max(1, reported)
        }

        mutating func take() -> [Line] {
            defer { lines = [] }
            return lines
        }
    }

    private let descriptor: Int32
    private let room: Int
    private let state = Mutex(State())
    private let wakeup = Wakeup()

    package init(descriptor: Int32, room: Int = maximumBytes) {
        self.descriptor = descriptor
        self.room = room
        ExecutorThread.start(named: "log") { [self] in run() }
    }

    /// Never blocks. `text`: with its line's end.
    package func put(_ text: String) {
        let mustWake = state.withLock { state in
            if state.isDropping, state.bytes <= room / 2 { state.isDropping = false }
            guard !state.isDropping, state.bytes + text.utf8.count <= room else {
                state.isDropping = true
                state.lose()
                return false
            }
            if state.untold > 0 { state.append(Line(text: Self.notice(state.untold), reported: state.untold)) }
            state.untold = 0
            state.append(Line(text: text))
            return true
        }
        if mustWake { wakeup.signal() }
    }

    /// Lines lost so far.
    package var lost: Int { state.withLock { $0.lost } }

    /// What a person should know: the reader stands still, or lines are being lost; and since when, in milliseconds since
    /// 1970. Nil where all is well.
    package var trouble: (since: Int64, words: String)? {
        state.withLock { state in
            let standing = state.busySince.flatMap { WallClock.now() - $0 > Self.patience ? $0 : nil }
            guard let since = standing ?? (state.untold > 0 ? state.losingSince : nil) else { return nil }
            return (
                since,
                "standard error takes no lines (\(state.lost) lost so far); let its reader go on (Ctrl-Q on a terminal), or"
                    + " make room where it is written"
            )
        }
    }

    /// Whether all lines put so far are written and none has been lost since there were `lost` of them. Waits for that.
    package func isThrough(since lost: Int, within patience: Duration) async -> Bool {
        let target = state.withLock { $0.kept }
        let end = ContinuousClock.now + patience
        while true {
            let (through, now) = state.withLock { ($0.through, $0.lost) }
            if now != lost { return false }
            if through >= target { return true }
            guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(5))) != nil else { return false }
        }
    }

    /// Blocks until all is written, or for so long. At the end of the process.
    package func flush(within patience: Duration) {
        let end = ContinuousClock.now + patience
        while state.withLock({ $0.bytes > 0 }), ContinuousClock.now < end { usleep(1000) }
    }

    // MARK: The thread

    private func run() {
        // Whether the last line was written partially: the next one must not be appended to it.
        var isTorn = false
        while true {
            var lines = state.withLock { $0.take() }
            if lines.isEmpty {
                // Report losses even if nothing follows.
                let untold = state.withLock { state in
                    guard !state.hasFailedToTell else { return 0 }
                    defer { state.untold = 0 }
                    return state.untold
                }
                guard untold > 0 else {
                    var wake = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
                    _ = poll(&wake, 1, -1)
                    wakeup.drain()
                    continue
                }
                if !write(Self.notice(untold), isTorn: &isTorn) {
                    state.withLock { state in
                        state.untold += untold
                        state.hasFailedToTell = true
                    }
                }
                continue
            }
            lines.reverse()
            while let line = lines.popLast() {
                state.withLock { $0.busySince = WallClock.now() }
                let isWritten = write(line.text, isTorn: &isTorn)
                state.withLock { state in
                    state.busySince = nil
                    state.bytes -= line.text.utf8.count
                    state.through += 1
                    state.hasFailedToTell = false
                    if !isWritten { state.lose(reported: line.reported) }
                }
            }
        }
    }

    private func write(_ line: String, isTorn: inout Bool) -> Bool {
        let result = DescriptorWriter.write(isTorn ? "\n" + line : line, to: descriptor)
        if result.error == nil {
            isTorn = false
        } else if result.count > 0 {
            // A lone line end completes the partial line.
            isTorn = !(isTorn && result.count == 1)
        }
        return result.error == nil
    }

    private static func notice(_ count: Int) -> String {
        WallClock.text(milliseconds: WallClock.now())
            + " WARNING log: \(count) line\(count == 1 ? "" : "s") lost here: standard error did not take"
            + " \(count == 1 ? "it" : "them")\n"
    }
}
