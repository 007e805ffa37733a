internal import Logging

/// One line for each event on standard error: time, level, part, words, then what they are about.
struct Log: LogHandler {
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let threshold: LogThreshold
    /// Of this logger alone, whatever counts for the others.
    private var own: Logger.Level?

    init(label: String, threshold: LogThreshold) {
        self.label = label
        self.threshold = threshold
    }

    var logLevel: Logger.Level {
        get { own ?? threshold.level }
        set { own = newValue }
    }

    /// For a process whose level may change.
    static func make(_ threshold: LogThreshold, label: String) -> Logger {
        Logger(label: label) { Log(label: $0, threshold: threshold) }
    }

    /// For a verb that does one thing and ends: only what went wrong, unless log.level asks for more.
    static func quiet(_ settings: Settings, label: String) -> Logger {
        let isAsked = settings.values["log.level"]?.origin != .default
        return make(LogThreshold(isAsked ? settings.logLevel : .error), label: label)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line =
            WallClock.text(milliseconds: WallClock.now()) + " " + event.level.rawValue.uppercased() + " " + label + ": "
            + "\(event.message)"
        var all = metadata
        if let more = event.metadata { all.merge(more) { _, new in new } }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        // What came from a message must not begin a line of its own, nor act on a terminal.
        Terminal.error(Terminal.visible(line.replacing("\n", with: "\\n").replacing("\r", with: "\\r")))
    }
}

extension Settings {
    var logLevel: Logger.Level { text("log.level").flatMap { Logger.Level(rawValue: $0) } ?? .info }
}
