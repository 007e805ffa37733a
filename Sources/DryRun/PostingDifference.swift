package import Contracts
internal import JSON
internal import Mappings

/// Compares postings with a test's expectations.
enum PostingDifference {
    static func all(_ expected: [MappingTest.Posting], _ found: [FeedDryRun.Report]) -> [String] {
        var lines: [String] = []
        for index in 0..<max(expected.count, found.count) {
            let what = "postings[\(index)]"
            if index >= found.count {
                lines.append("\(what): expected one, found no more")
            } else if index >= expected.count {
                lines.append("\(what): expected no more, found \(shown(found[index]))")
            } else {
                lines += one(expected[index], found[index], what)
            }
        }
        return lines
    }

    private static func shown(_ report: FeedDryRun.Report) -> String {
        guard let row = report.row else { return "a document that cannot be posted: \(report.failure ?? "")" }
        return "\(row.target): \(String(decoding: row.body, as: UTF8.self))"
    }

    private static func one(_ a: MappingTest.Posting, _ b: FeedDryRun.Report, _ what: String) -> [String] {
        guard let row = b.row else {
            let reason = b.failure ?? ""
            if let failed = a.failed, reason.contains(failed) { return [] }
            return ["\(what): expected \(a.failed.map { "a failure with '\($0)'" } ?? "a posting"), found \(shown(b))"]
        }
        if let failed = a.failed { return ["\(what): expected a failure with '\(failed)', found \(shown(b))"] }
        var lines: [String] = []
        func check(_ name: String, _ a: String?, _ b: String?) {
            guard let a, a != b else { return }
            lines.append("\(what).\(name): expected \(a), found \(b ?? "nothing")")
        }
        let place = Place(row.target)
        check("queue", a.queue, place.queue)
        check("exchange", a.exchange, place.exchange)
        check("routingKey", a.routingKey, place.routingKey)
        check("file", a.file, place.file)
        check("topic", a.topic, place.topic)
        check("key", a.key, place.key)
        let text = String(decoding: row.body, as: UTF8.self)
        check("text", a.text, text)
        if let body = a.body { lines += JSONDifference.value(body, text, what: "\(what).body") }
        if let headers = a.headers {
            check("headers", shown(headers), shown(row.headers.map { ($0.name, $0.value.comparedText) }))
        }
        return lines
    }

    /// Target of a posting, as written in a test.
    private struct Place {
        var queue: String?
        var exchange: String?
        var routingKey: String?
        var file: String?
        var topic: String?
        var key: String?

        init(_ target: PostingTarget) {
            switch target {
            // The default exchange routes by queue name.
            case .amqp("", let name): (queue, exchange, routingKey) = (name, "", name)
            case .amqp(let exchange, let key): (self.exchange, routingKey) = (exchange, key)
            case .file(let path): file = path
            case .log: break
            case .webSocket(let topic, let key): (self.topic, self.key) = (topic, key)
            }
        }
    }

    private static func shown(_ headers: [(name: String, value: String)]) -> String {
        "{" + headers.sorted { $0.name < $1.name }.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
    }
}

extension HeaderValue {
    /// As a test writes it.
    package var comparedText: String {
        switch self {
        case .string(let text): text
        default: "\(self)"
        }
    }
}
