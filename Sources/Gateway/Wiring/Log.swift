internal import Logging

/// One line for each event on standard error: time, level, part, words, then what they are about.
struct Log: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let label: String

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    static func make(_ settings: Settings, label: String) -> Logger {
        let level = settings.text("log.level").flatMap { Logger.Level(rawValue: $0) } ?? .info
        return Logger(label: label) { Log(label: $0, level: level) }
    }

    /// For a verb that does one thing and ends: only what went wrong, unless log.level asks for more.
    static func quiet(_ settings: Settings, label: String) -> Logger {
        var logger = make(settings, label: label)
        if settings.values["log.level"]?.origin == .default { logger.logLevel = .error }
        return logger
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
