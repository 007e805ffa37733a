internal import Ingest
internal import Logging
internal import Schemas
internal import Settings

/// The configuration in force, and the decisions after a new one was read. No I/O; ``ReloadService`` acts on them.
struct ConfigurationState {
    struct Line: Equatable {
        let level: Logger.Level
        let text: String
    }

    enum Outcome: String {
        case done, refused
    }

    struct Decision {
        /// To be applied; nil: keep the current one.
        var configuration: Configuration?
        /// Desired routes; nil while undecided.
        var routes: [RouteConfiguration]?
        /// Desired publishing, once `routes` are decided; nil: none.
        var publishing: PublishingConfiguration?
        /// Of a reload; nil at the start.
        var outcome: Outcome?
        var log: [Line] = []
        /// Why nothing is consumed although it may be intended, one line each.
        var stopped: [String] = []
        /// All current warnings.
        var warnings: [String] = []
    }

    private(set) var current: Configuration
    private let started: Settings
    /// Whether the collection was read: before, nothing runs, since it may forbid that.
    private(set) var isDecided = false
    /// Why the last reading was refused; empty if it was not.
    private(set) var refusals: [String] = []
    /// Tests that failed at the start for the configuration in force.
    private var failing: [String] = []
    /// Messages already logged, to avoid repetition.
    private var told: Set<String>

    /// Settings in force, if any.
    var previous: Settings? { isDecided ? current.settings : nil }

    /// Maximum lines of one kind to log at once.
    private static let mostLines = 20

    /// `told`: hints already logged.
    init(_ first: Configuration, told: [String]) {
        current = first
        started = first.settings
        self.told = Set(told)
    }

    /// `isFirst`: the first read of the collection, after which routes may run, unless the reading is refused: then it
    /// is unknown what the collection forbids. `besideRefused`: only the collection changed, combined with the files in
    /// force, since newer files are refused.
    mutating func take(
        _ reading: ConfigurationReader.Reading, isFirst: Bool, besideRefused: Bool = false
    ) -> Decision {
        var decision = Decision()
        let isStart = !isDecided && isFirst
        // At the start there is no previous configuration; and tests failing since then must not block settings.
        let newlyFailing = reading.failedTests.filter { !failing.contains($0) }
        if let new = reading.configuration, isStart || newlyFailing.isEmpty {
            if isStart {
                decision.log += Self.shortened(newlyFailing.map { Line(level: .error, text: $0) })
                isDecided = true
            }
            failing = reading.failedTests
            let change = SettingsChange(from: current.settings, to: new.settings)
            decision.log += change.live.map { Line(level: .notice, text: $0) }
            decision.log += change.atStart.map { Line(level: .warning, text: $0) }
            if !isFirst {
                decision.outcome = .done
                let routes = new.routes.count == 1 ? "1 route" : "\(new.routes.count) routes"
                let counts = "\(new.catalogs.all.count) definitions, \(routes)"
                decision.log.append(Line(level: .notice, text: "configuration read again: \(counts)"))
            }
            decision.configuration = new
            current = new
            if !besideRefused { refusals = [] }
        } else {
            decision.outcome = .refused
            refusals = reading.errors + newlyFailing
            decision.log += Self.shortened(refusals.map { Line(level: .error, text: "not reloaded: \($0)") })
        }
        if isDecided {
            decision.routes = current.routes
            decision.publishing = current.publishing
            decision.stopped = current.stopped
        } else {
            decision.stopped = refusals
        }
        tell(reading, in: &decision)
        return decision
    }

    private mutating func tell(_ reading: ConfigurationReader.Reading, in decision: inout Decision) {
        let mistakes = reading.collectionMistakes
        let lines =
            reading.hints.map { Line(level: .notice, text: $0) }
            + mistakes.map { Line(level: $0.severity == .error ? .error : .notice, text: $0.description) }
        decision.log += Self.shortened(lines.filter { !told.contains($0.text) })
        told = Set(lines.map(\.text))

        if let first = refusals.first, isDecided {
            let more = refusals.count > 1 ? " (and \(refusals.count - 1) more, which the log tells)" : ""
            decision.warnings.append("not reloaded, what was read before stays in force: \(first)\(more)")
        }
        if let first = failing.first {
            let more = failing.count > 1 ? " (and \(failing.count - 1) more, which the log tells)" : ""
            decision.warnings.append("the mappings in force fail their tests: \(first)\(more)")
        }
        decision.warnings += SettingsChange(from: started, to: current.settings).atStart
        decision.warnings += mistakes.filter { $0.severity == .error }.map(\.description)
    }

    private static func shortened(_ lines: [Line]) -> [Line] {
        guard lines.count > mostLines, let last = lines.last else { return lines }
        return lines.prefix(mostLines) + [Line(level: last.level, text: "and \(lines.count - mostLines) more of these")]
    }
}
