internal import JSON
internal import BSON

/// Samples of the last hour for the overview's charts: items per second of each route, backlog, failed postings. In
/// memory only.
struct History: Sendable {
    struct Sample: Sendable {
        /// Milliseconds since 1970.
        let at: Int64
        let rates: [String: Double]
        /// Nil if unknown: without a watching page it is not counted.
        let waiting: Int?
        let failed: Int
        let openLetters: Int
    }

    /// Milliseconds between samples.
    static let interval: Int64 = 10_000
    static let most = 360

    private(set) var samples: [Sample] = []
    private var counts: [String: Int] = [:]

    /// Takes a sample if one is due.
    mutating func take(_ report: StatusReport, isWatched: Bool, now: Int64) {
        let passed = samples.last.map { now - $0.at } ?? Self.interval
        guard passed >= Self.interval else { return }
        var rates: [String: Double] = [:]
        var totals: [String: Int] = [:]
        for route in report.routes {
            let total = route.items.reduce(0) { $0 + $1.count }
            totals[route.name] = total
            // A restarted route counts from 0.
            let more = max(0, total - (counts[route.name] ?? total))
            rates[route.name] = Double(more) * 1000 / Double(passed)
        }
        counts = totals
        samples.append(
            Sample(
                at: now, rates: rates,
                waiting: isWatched ? report.waiting : nil,
                failed: report.postings.reduce(0) { $0 + $1.failed + $1.stuck },
                openLetters: report.openDeadLetters))
        if samples.count > Self.most { samples.removeFirst() }
    }

    var text: String {
        var object = JSONObjectText()
        object.add("interval", Int(Self.interval))
        object.add(
            "samples",
            objects: samples.map { sample in
                var own = JSONObjectText()
                own.add("at", Instant.text(milliseconds: sample.at))
                var rates = JSONObjectText()
                for (name, rate) in sample.rates.sorted(by: { $0.key < $1.key }) {
                    rates.add(name, raw: "\((rate * 10).rounded() / 10)")
                }
                own.add("itemsPerSecond", raw: rates.text)
                own.add("waiting", sample.waiting)
                own.add("failedPostings", sample.failed)
                own.add("openDeadLetters", sample.openLetters)
                return own.text
            })
        return object.text
    }
}
