internal import Contracts
package import DryRun
package import Ingest
internal import JSON
internal import Mappings
internal import Output
internal import Schemas

/// What a message would do, for people: short enough to paste into a ticket.
package enum PlanText {
    package static func page(_ result: MessageTrial.Result) -> String {
        var lines = [head(result)]
        var table: String?
        switch result.report.kind {
        case .ignored: lines.append("ignored: no 'when' of the route takes it, and 'else: ignore' lets it go")
        case .duplicate: lines.append("duplicate: the ledger has this message already; nothing would be done")
        case .deadLettered, .refused:
            lines.append(
                result.report.kind == .refused ? "refused, as a whole, by its answer:" : "dead letter, as a whole:"
            )
            lines += result.reasons.map { "  \($0.code.rawValue): \($0.text)" }
        case .applied:
            let rows = result.items.map { item in
                ["\(item.ordinal)", item.operation ?? "?", item.key ?? "-", item.outcome.word, what(item)]
            }
            table = TextTable.render(header: ["item", "op", "record", "outcome", "what"], rows: rows)
            lines.append(summary(result.report.outcomes))
        }
        lines += postings(result)
        if let answer = result.report.answer { lines.append(self.answer(answer)) }
        lines = lines.map { Terminal.visible($0, isOneLine: false) }
        if let table { lines.insert(table, at: 1) }
        return lines.joined(separator: "\n")
    }

    /// What a request would be answered, in a line.
    static func answer(_ answer: RequestAnswer) -> String {
        let body = String(decoding: answer.body, as: UTF8.self).cut(toBytes: 500)
        return "answers \(answer.status)\(body.isEmpty ? "" : ": \(body)")"
    }

    /// A line for each posting.
    static func postings(_ result: MessageTrial.Result) -> [String] {
        result.postings.map { "posts to \($0.target): \(body(of: $0, result))" }
    }

    /// Without the values of secret fields.
    static func body(of row: PostingRow, _ result: MessageTrial.Result) -> String {
        guard case .catalog(let catalog) = result.report.prepared.message.content,
            !catalog.definition.secretNames.isEmpty, let body = try? JSONParser().parse(row.body)
        else { return String(decoding: row.body, as: UTF8.self) }
        return body.withRoot { JSONText.text($0, hiding: catalog.definition.secretNames) }
    }

    package static func head(_ result: MessageTrial.Result) -> String {
        let part = result.report.prepared.message.part.map { ", case \($0.name)" } ?? ""
        let route = "\(result.file) → route \(result.route.name)\(part)"
        guard case .catalog(let catalog) = result.report.prepared.message.content else { return route }
        return "\(route), \(catalog.definition.catalog), company \(catalog.companyId),"
            + " \(Count.text(catalog.itemCount, "item"))"
            + (catalog.origin.map { $0.skipped > 0 ? ", \($0.skipped) left out" : "" } ?? "")
    }

    /// What becomes of the record and of the item's further ones, or why nothing does.
    package static func what(_ item: RouteDryRun.ItemStep) -> String {
        ([own(item)] + further(item)).filter { !$0.isEmpty }.joined(separator: " · ")
    }

    /// The item's further records, each as `event c|a|1: …`.
    static func further(_ item: RouteDryRun.ItemStep) -> [String] {
        item.further.map { record in
            let what =
                switch (record.before, record.after) {
                case (nil, let after?): after
                case (let before?, nil): "gone: \(before)"
                default: changes(record.before, record.after).joined(separator: ", ")
                }
            return "\(record.collection) \(record.key): \(what)"
        }
    }

    /// What becomes of the record, or why nothing does.
    static func own(_ item: RouteDryRun.ItemStep) -> String {
        switch item.outcome {
        case .rejected: item.reasons.map { "\($0.code.rawValue): \($0.text)" }.joined(separator: " · ")
        case .inserted: item.after ?? ""
        case .updated: changes(item.before, item.after).joined(separator: ", ")
        case .unchanged where item.isStale:
            item.after == nil
                ? "older than the record's deletion, so it changes nothing"
                : "older than the record, so it changes nothing"
        case .unchanged: "the record is so already"
        case .deleted: item.before.map { "gone: \($0)" } ?? ""
        case .absent: "there is none to delete"
        }
    }

    /// The fields that differ, as `price: 1 → 2.50`.
    package static func changes(_ before: String?, _ after: String?) -> [String] {
        guard let before, let after, let a = try? JSONParser().parse(before), let b = try? JSONParser().parse(after)
        else {
            return []
        }
        return a.withRoot { a in
            b.withRoot { b in
                var lines: [String] = []
                for (name, value) in b.members {
                    let own = name.string ?? ""
                    let old = a[own]
                    if let old, JSONEquality.equal(old, value) { continue }
                    lines.append("\(own): \(old.map(text) ?? "nothing") → \(text(value))")
                }
                for (name, value) in a.members where b[name.string ?? ""] == nil {
                    lines.append("\(name.string ?? ""): \(text(value)) → nothing")
                }
                return lines
            }
        }
    }

    private static func text(_ node: JSONNode) -> String { String(decoding: node.rawText, as: UTF8.self) }

    package static func summary(_ outcomes: [Outcome]) -> String {
        let counts = Outcome.allCases.compactMap { outcome -> String? in
            let count = outcomes.count { $0 == outcome }
            return count > 0 ? "\(count) \(outcome.word)" : nil
        }
        return counts.isEmpty ? "no items" : counts.joined(separator: ", ")
    }
}

/// The same for programs.
package enum PlanJSON {
    package static func text(_ result: MessageTrial.Result, withFields: Bool = false) -> String {
        var object = JSONObjectText()
        object.add("file", result.file)
        object.add("route", result.route.name)
        if let part = result.report.prepared.message.part { object.add("case", part.name) }
        let identity = result.report.prepared.message.identity
        object.add("ledger", identity.ledgerID.description)
        object.add("result", "\(result.report.kind)")
        if case .catalog(let catalog) = result.report.prepared.message.content {
            object.add("catalog", catalog.definition.catalog)
            object.add("collection", catalog.definition.collection)
            object.add("companyId", catalog.companyId.description)
            object.add("skipped", catalog.origin?.skipped ?? 0)
        }
        object.add("reasons", objects: result.reasons.map(json))
        object.add("items", objects: result.items.map { json($0, withFields: withFields) })
        object.add(
            "postings",
            objects: result.postings.map { row in
                var own = JSONObjectText()
                own.add("destination", row.target.description)
                own.add("body", raw: PlanText.body(of: row, result))
                return own.text
            })
        return object.text
    }

    private static func json(_ item: RouteDryRun.ItemStep, withFields: Bool) -> String {
        var object = JSONObjectText()
        object.add("item", item.ordinal)
        object.add("pointer", item.pointer.description)
        if let line = item.line { object.add("line", line) }
        object.add("operation", item.operation)
        object.add("record", item.key)
        object.add("outcome", item.outcome.word)
        if item.isStale { object.add("stale", true) }
        object.add("before", raw: item.before ?? "null")
        object.add("after", raw: item.after ?? "null")
        object.add("reasons", objects: item.reasons.map(json))
        if !item.further.isEmpty {
            object.add(
                "further",
                objects: item.further.map { record in
                    var own = JSONObjectText()
                    own.add("collection", record.collection)
                    own.add("record", record.key)
                    own.add("before", raw: record.before ?? "null")
                    own.add("after", raw: record.after ?? "null")
                    return own.text
                })
        }
        if withFields {
            object.add(
                "fields",
                objects: item.fields.map { field in
                    var own = JSONObjectText()
                    own.add("name", field.name)
                    own.add("value", raw: field.value ?? "null")
                    own.add("pointer", field.pointer?.description)
                    own.add("source", raw: field.source ?? "null")
                    return own.text
                })
        }
        return object.text
    }

    private static func json(_ reason: Reason) -> String {
        var object = JSONObjectText()
        object.add("item", reason.item)
        object.add("code", reason.code.rawValue)
        object.add("pointer", reason.pointer.description)
        object.add("expected", reason.expected)
        object.add("found", reason.found)
        object.add("text", reason.text)
        return object.text
    }
}
