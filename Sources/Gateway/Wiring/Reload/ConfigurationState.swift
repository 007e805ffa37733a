internal import Logging
internal import Schemas

/// The configuration in force, and what to do and to say when another one was read. Decides only; ``ReloadService`` does it.
struct ConfigurationState {
    struct Line: Equatable {
        let level: Logger.Level
        let text: String
    }

    enum Outcome: String {
        case done, refused
    }

    struct Decision {
        /// To be put into force; nil where what is stays.
        var configuration: Configuration?
        /// The routes that shall run now; nil as long as that is not known.
        var routes: [RouteForm]?
        /// What shall be published, as soon as `routes` are known; nil: nothing.
        var publishing: PublishingForm?
        /// Of a reload; nil for what belongs to the start.
        var outcome: Outcome?
        var log: [Line] = []
        /// Why nothing is consumed though it may be wanted, a line each.
        var stopped: [String] = []
        /// What a person should do something about, all of it.
        var warnings: [String] = []
    }

    private(set) var current: Configuration
    private let started: Settings
    /// Whether the collection has been read: before that nothing runs, for it may say that nothing shall.
    private(set) var isDecided = false
    /// Why the last reading was refused; empty where it was not.
    private(set) var refusals: [String] = []
    /// Tests that fail for what is in force: it was there at the start.
    private var failing: [String] = []
    /// What was said about the last reading: what is still so, is not said again.
    private var told: Set<String>

    /// What has been in force, as far as something has.
    var previous: Settings? { isDecided ? current.settings : nil }

    /// Lines of one kind that are told at a time.
    private static let mostLines = 20

    /// `told`: the hints that the start has told.
    init(_ first: Configuration, told: [String]) {
        current = first
        started = first.settings
        self.told = Set(told)
    }

    /// `isFirst`: the collection was read for the first time, so that routes may run from now on; not where the reading is
    /// refused, for nobody knows then what the collection would have forbidden. `besideRefused`: a change of the collection
    /// alone, read beside the files in force, since those that came later were refused and still are.
    mutating func take(
        _ reading: ConfigurationReader.Reading, isFirst: Bool, besideRefused: Bool = false
    ) -> Decision {
        var decision = Decision()
        let isStart = !isDecided && isFirst
        // At the start there is nothing else that could stay in force; and what fails since then keeps no setting from
        // being followed.
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
