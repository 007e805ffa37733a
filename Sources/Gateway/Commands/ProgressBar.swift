internal import Contracts
internal import Output

/// How far something has come, on standard error: a bar on a terminal after two seconds, elsewhere a line every ten.
struct ProgressBar {
    private let label: String
    private let total: Int
    private let started = ContinuousClock.now
    private var shown: ContinuousClock.Instant?
    private let isBar = Terminal.errorIsTerminal

    init(label: String, total: Int) {
        self.label = label
        self.total = total
    }

    mutating func update(_ done: Int) {
        let now = ContinuousClock.now
        let last = shown ?? started
        guard total > 0, done == total || now - last > (isBar ? .milliseconds(100) : .seconds(10)),
            now - started > (isBar ? .seconds(2) : .seconds(10))
        else { return }
        shown = now
        let words = Self.words(done, of: total, after: now - started)
        guard isBar else { return Terminal.error("\(label) \(words)") }
        let width = 30
        let filled = min(width, done * width / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        Terminal.progress("\r\(label) \(bar) \(words) \u{1B}[K")
    }

    /// `120/5000, 50/s, 98 s left`.
    static func words(_ done: Int, of total: Int, after time: Duration) -> String {
        let seconds = time / .seconds(1)
        let rate = Double(done) / max(seconds, 0.001)
        let left = Double(total - done) / max(rate, 0.001)
        let shown = rate >= 10 || rate == 0 ? "\(Int(rate))" : "\((rate * 10).rounded() / 10)"
        return "\(done)/\(total), \(shown)/s" + (done < total && rate > 0 ? ", \(Int(left.rounded(.up))) s left" : "")
    }

    /// Removes the bar.
    func finish() {
        if isBar, shown != nil { Terminal.progress("\r\u{1B}[K") }
    }
}
