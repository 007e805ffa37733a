internal import Output
internal import BSON

/// How far something has come, on standard error: a bar on a terminal, nothing elsewhere. Appears after two seconds.
struct ProgressBar {
    private let label: String
    private let total: Int
    private let started = ContinuousClock.now
    private var shown: ContinuousClock.Instant?

    init(label: String, total: Int) {
        self.label = label
        self.total = total
    }

    mutating func update(_ done: Int) {
        let now = ContinuousClock.now
        guard Terminal.errorIsTerminal, total > 0, now - started > .seconds(2) else { return }
        if let shown, now - shown < .milliseconds(100), done < total { return }
        shown = now
        let width = 30
        let filled = min(width, done * width / total)
        let seconds = (now - started) / .seconds(1)
        let rate = Int(Double(done) / max(seconds, 0.001))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        Terminal.progress("\r\(label) \(bar) \(done)/\(total)  \(rate)/s \u{1B}[K")
    }

    /// Removes the bar.
    func finish() {
        if shown != nil { Terminal.progress("\r\u{1B}[K") }
    }
}
