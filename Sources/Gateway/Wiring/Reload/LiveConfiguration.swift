internal import CoreMetrics
internal import Logging
internal import Schemas

/// The configuration in force: takes what was read, puts it into force as a whole or says why not, and tells what a person
/// should know. By one task.
struct LiveConfiguration {
    private(set) var current: Configuration
    private let started: Settings
    private let catalogs: CatalogTable
    private let orders: RouteOrders
    private let status: ProcessStatus
    private let log: LogThreshold
    private let logger: Logger
    /// Why the last reading was refused; empty where it was not.
    private var refusals: [String] = []
    private var toldHints: Set<String>

    /// `hints`: those that were told already.
    init(
        _ first: Configuration, hints: [String], catalogs: CatalogTable, orders: RouteOrders, status: ProcessStatus,
        log: LogThreshold, logger: Logger
    ) {
        current = first
        toldHints = Set(hints)
        started = first.settings
        self.catalogs = catalogs
        self.orders = orders
        self.status = status
        self.log = log
        self.logger = logger
    }

    /// `isFirst`: the collection was read for the first time, so that the routes may start.
    mutating func take(_ reading: ConfigurationReader.Reading, isFirst: Bool) {
        for hint in reading.hints where toldHints.insert(hint).inserted { logger.notice("\(hint)") }
        if let new = reading.configuration {
            putIntoForce(new, isFirst: isFirst)
        } else {
            refuse(reading.errors, isFirst: isFirst)
        }
        tellWarnings(reading)
    }

    private mutating func putIntoForce(_ new: Configuration, isFirst: Bool) {
        let change = SettingsChange(from: current.settings, to: new.settings)
        for line in change.live { logger.notice("\(line)") }
        for line in change.atStart { logger.warning("\(line)") }
        current = new
        refusals = []
        log.level = new.settings.logLevel
        catalogs.replace(files: new.catalogs)
        follow()
        guard !isFirst else { return }
        count("done")
        logger.notice(
            "configuration read again",
            metadata: ["definitions": "\(new.catalogs.all.count)", "routes": "\(new.routes.count)"])
    }

    private mutating func refuse(_ errors: [String], isFirst: Bool) {
        refusals = errors
        count("refused")
        for error in errors { logger.error("not reloaded: \(error)") }
        // The gateway works on with what it has.
        if isFirst { follow() }
    }

    private func follow() {
        status.consuming = current.isEnabled ? .wanted : .disabled
        if current.isEnabled, current.routes.isEmpty { status.consuming = .lacking(current.missing) }
        orders.want(current.routes)
    }

    private func tellWarnings(_ reading: ConfigurationReader.Reading) {
        var details: [String] = []
        if let first = refusals.first {
            let more = refusals.count > 1 ? " (and \(refusals.count - 1) more, which the log tells)" : ""
            details.append("not reloaded, what was read before stays in force: \(first)\(more)")
        }
        details += SettingsChange(from: started, to: current.settings).atStart
        let mistakes = reading.collectionMistakes
        details += mistakes.filter { $0.severity == .error }.map(\.description)
        let new = Set(status.warnings.replace(with: details, now: WallClock.now()))
        for mistake in mistakes {
            let line = mistake.description
            if mistake.severity == .error, new.contains(line) { logger.error("\(line)") }
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "gateway_reloads_total", dimensions: [("outcome", outcome)]).increment()
    }
}
