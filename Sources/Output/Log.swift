internal import Contracts
package import Logging
package import Settings

/// One line for each event on standard error: time, level, part, words, then what they are about.
package struct Log: LogHandler {
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let threshold: LogThreshold
    /// Level of this logger; nil: the shared threshold.
    private var own: Logger.Level?

    package init(label: String, threshold: LogThreshold) {
        self.label = label
        self.threshold = threshold
    }

    package var logLevel: Logger.Level {
        get { own ?? threshold.level }
        set { own = newValue }
    }

    /// For a process whose level may change.
    package static func make(_ threshold: LogThreshold, label: String) -> Logger {
        Logger(label: label) { Log(label: $0, threshold: threshold) }
    }

    /// For a verb that does one thing: only errors, unless log.level asks for more.
    package static func quiet(_ settings: Settings, label: String) -> Logger {
        make(LogThreshold(settings.isGiven(.logLevel) ? settings[.logLevel] : .error), label: label)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line =
            WallClock.text(milliseconds: WallClock.now()) + " " + event.level.rawValue.uppercased() + " " + label + ": "
            + "\(event.message)"
        var all = metadata
        if let more = event.metadata { all.merge(more) { _, new in new } }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        // Text from messages must not start a new line, nor control a terminal.
        Terminal.error(Terminal.visible(line.replacing("\n", with: "\\n").replacing("\r", with: "\\r")))
    }
}
