internal import Documents
internal import Records

/// Compares one status report with the one before: what those who follow are told. Pure.
struct Pulse: Sendable {
    private var before: StatusReport?
    private var beats = 0

    /// Beats after which the status is told again though it is the same, which also finds followers that are gone.
    private static let patience = 20

    /// `now`: milliseconds since 1970.
    mutating func beat(_ report: StatusReport, now: Int64) -> [(topic: EventRing.Topic, data: String)] {
        defer {
            before = report
            beats += 1
        }
        var events: [(topic: EventRing.Topic, data: String)] = []
        let text = report.text
        if before?.text != text || beats % Self.patience == 0 { events.append((.status, text)) }
        guard let before else { return events }
        if before.deadLettersText != report.deadLettersText { events.append((.deadLetters, report.deadLettersText)) }
        for (name, posting) in report.postingTexts where before.postingTexts[name] != posting {
            events.append((.postings, posting))
        }
        for name in before.postingTexts.keys.sorted() where report.postingTexts[name] == nil {
            events.append((.postings, Self.cleared(name)))
        }
        for route in report.routes {
            let old = before.routes.first { $0.name == route.name && $0.since == route.since }
            let items = Self.difference(route.items, old?.items ?? [])
            let messages = Self.difference(route.messages, old?.messages ?? [])
            guard !items.isEmpty || !messages.isEmpty else { continue }
            var object = JSONObjectText()
            object.add("route", route.name)
            object.add("at", Instant.text(milliseconds: now))
            object.add("items", raw: StatusReport.counts(items))
            object.add("messages", raw: StatusReport.counts(messages))
            events.append((.outcomes, object.text))
        }
        return events
    }

    private static func cleared(_ name: String) -> String {
        var object = JSONObjectText()
        object.add("name", name)
        object.add("pending", 0)
        object.add("failed", 0)
        object.add("stuck", 0)
        return object.text
    }

    private static func difference(
        _ new: [(outcome: String, count: Int)], _ old: [(outcome: String, count: Int)]
    ) -> [(String, Int)] {
        new.compactMap { outcome, count in
            let more = count - (old.first { $0.outcome == outcome }?.count ?? 0)
            return more > 0 ? (outcome, more) : nil
        }
    }
}

extension StatusReport {
    fileprivate var deadLettersText: String { Self.counts(deadLetters.map { ($0.state, $0.count) }) }

    fileprivate var postingTexts: [String: String] {
        Dictionary(postings.map { ("\($0.name) \($0.destination)", Self.text($0)) }) { first, _ in first }
    }
}
