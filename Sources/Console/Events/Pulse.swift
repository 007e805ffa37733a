internal import BSON
internal import Contracts
internal import JSON

/// Derives events from the difference of two status reports. No I/O.
struct Pulse: Sendable {
    private var before: Look?
    private var beats = 0
    private var told: [String: Told] = [:]

    /// The state last published for a route, and when.
    private struct Told: Sendable {
        let route: StatusReport.Route
        /// Nil: nothing published yet.
        var at: Int64?
    }

    /// Minimum milliseconds between two outcome events of a route (rate limit): the first after a pause is immediate, a
    /// steady load gives one per second. Halves the cost of two hundred followers.
    static let breath: Int64 = 900

    /// Beats after which an unchanged status is published again, which also detects disconnected followers.
    private static let patience = 20

    /// `now`: milliseconds since 1970.
    mutating func beat(_ report: StatusReport, now: Int64) -> [EventDraft] {
        let look = Look(report)
        defer {
            before = look
            beats += 1
        }
        var events: [EventDraft] = []
        if before?.essence != look.essence || beats % Self.patience == 0 {
            events.append(EventDraft(topic: .status, data: look.text))
        }
        guard let before else {
            for route in report.routes { told[route.name] = Told(route: route) }
            return events
        }
        let states = Self.changed(report.deadLetters, before.report.deadLetters)
        if !states.isEmpty {
            let counts = StatusReport.counts(report.deadLetters.map { ($0.state, $0.count) })
            events.append(EventDraft(topic: .deadLetters, keys: states, data: counts))
        }
        for (posting, text) in look.postings where before.texts[posting] != text {
            events.append(EventDraft(topic: .postings, keys: [posting.name], data: text))
        }
        for (posting, _) in before.postings where look.texts[posting] == nil {
            events.append(EventDraft(topic: .postings, keys: [posting.name], data: posting.cleared))
        }
        for route in report.routes {
            // A restarted gateway counts from 0.
            let old = told[route.name].flatMap { $0.route.countedSince == route.countedSince ? $0 : nil }
            // A clock set back must not suppress events.
            if let at = old?.at, (0..<Self.breath).contains(now - at) { continue }
            let items = Self.difference(route.items, old?.route.items ?? [])
            let messages = Self.difference(route.messages, old?.route.messages ?? [])
            guard !items.isEmpty || !messages.isEmpty else { continue }
            told[route.name] = Told(route: route, at: now)
            var object = JSONObjectText()
            object.add("route", route.name)
            object.add("at", Instant.text(milliseconds: now))
            object.add("items", raw: StatusReport.counts(items))
            object.add("messages", raw: StatusReport.counts(messages))
            events.append(EventDraft(topic: .outcomes, keys: [route.name], data: object.text))
        }
        told = told.filter { name, _ in report.routes.contains { $0.name == name } }
        return events
    }

    /// States whose count changed, including new and removed ones.
    private static func changed(
        _ new: [(state: String, count: Int)], _ old: [(state: String, count: Int)]
    ) -> [String] {
        var states = new.filter { one in old.first { $0.state == one.state }?.count ?? 0 != one.count }.map(\.state)
        states += old.filter { one in one.count > 0 && !new.contains { $0.state == one.state } }.map(\.state)
        return states
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

/// A report with its compared texts, each computed once.
private struct Look: Sendable {
    struct Posting: Hashable {
        let name: String
        let destination: String

        /// The text of a removed entry.
        var cleared: String {
            StatusReport.text(
                StatusReport.Postings(
                    name: name, destination: destination, pending: 0, failed: 0, stuck: 0, since: nil, reason: nil))
        }
    }

    let report: StatusReport
    let text: String
    /// The text without values that change on their own, such as the age of unpublished changes.
    let essence: String
    /// In report order.
    let postings: [(posting: Posting, text: String)]
    let texts: [Posting: String]

    init(_ report: StatusReport) {
        self.report = report
        text = report.text
        var calm = report
        for index in calm.feeds.indices { calm.feeds[index].lagSeconds = nil }
        essence = report.feeds.contains { $0.lagSeconds != nil } ? calm.text : text
        postings = report.postings.map {
            (Posting(name: $0.name, destination: $0.destination), StatusReport.text($0))
        }
        texts = Dictionary(postings.map { ($0.posting, $0.text) }) { first, _ in first }
    }
}
