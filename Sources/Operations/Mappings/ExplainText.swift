internal import Contracts
internal import Ingest
internal import DryRun
internal import JSON
internal import Mappings
internal import Output
internal import Schemas

/// One message's whole way, for people.
package enum ExplainText {
    /// `most`: number of items to show; rejected ones take precedence. `isKnown`: the ledger has the message, and the
    /// rest is what it would do if it were new.
    package static func page(_ result: MessageTrial.Result, most: Int = .max, isKnown: Bool = false) -> String {
        let message = result.report.prepared.message
        let properties = message.delivery.properties
        var lines = ["result       \(verdict(result, isKnown: isKnown))"]
        lines.append("1. message   \(result.file), \(Count.text(result.delivery.body.count, "byte"))")
        lines.append(
            "             message-id: \(properties.messageId.map { "\($0.asText)" } ?? "none (its bytes' hash stands for it)")"
        )
        for header in properties.headers {
            if case .string(let value) = header.value { lines.append("             header \(header.name): \(value)") }
        }
        lines.append("2. route     \(result.route.name) (\(result.route.file):\(result.route.position))")
        if let part = message.part {
            lines.append("             case '\(part.name)', one of those whose 'when' holds (match: all)")
        } else if result.route.shapes.count > 1, case .catalog(let catalog) = message.content,
            let name = catalog.origin?.shapeName
        {
            lines.append("             case '\(name)', the first one whose 'when' holds")
        }
        switch message.content {
        case .ignored:
            lines.append("3. ignored   no 'when' of the route takes it, and 'else: ignore' lets it go")
        case .unreadable(let reasons, _, _, _):
            lines.append(
                result.report.kind == .refused
                    ? "3. refused   as a whole, by its answer"
                    : "3. refused   as a whole; it becomes a dead letter with its bytes as they came")
            lines += reasons.map { "             \($0.code.rawValue): \($0.text)" }
        case .catalog(let catalog):
            lines.append(
                "3. envelope  company \(catalog.companyId), catalog \(catalog.definition.catalog), \(Count.text(catalog.itemCount, "item"))"
                    + (catalog.origin.map { $0.skipped > 0 ? " (\($0.skipped) left out by 'where')" : "" } ?? ""))
            lines.append(
                "4. ledger    \(message.identity.ledgerID)\(ledgerWords(result, isKnown: isKnown))"
            )
            lines.append(
                catalog.storesRecords
                    ? "5. items     into the collection \(catalog.definition.collection)"
                    : "5. items     into no collection of their own")
            let shown = result.items.count <= most ? result.items : Self.cut(result.items, to: most)
            for item in shown { lines += self.item(item, catalog.definition) }
            if shown.count < result.items.count {
                lines.append(
                    "   and \(Count.text(result.items.count - shown.count, "more item")); 'gateway explain' tells all of them"
                )
            }
            lines.append("6. postings  \(result.postings.isEmpty ? "none" : "\(result.postings.count)")")
            lines += PlanText.postings(result).map { "     \($0)" }
            lines.append("7. result    \(PlanText.summary(result.report.outcomes))")
        }
        if let answer = result.report.answer { lines.append("             \(PlanText.answer(answer))") }
        return lines.map { Terminal.visible($0, isOneLine: false) }.joined(separator: "\n")
    }

    /// What comes of the message, in a line.
    private static func verdict(_ result: MessageTrial.Result, isKnown: Bool) -> String {
        switch result.report.kind {
        case .ignored: return "ignored"
        case .deadLettered: return "a dead letter, as a whole"
        case .refused: return "refused, as a whole, by its answer"
        case .duplicate: return "a duplicate: nothing is done again"
        case .applied:
            let posted = result.postings.isEmpty ? "" : "; " + Count.text(result.postings.count, "posting")
            return PlanText.summary(result.report.outcomes) + posted + (isKnown ? " (if it were new)" : "")
        }
    }

    private static func ledgerWords(_ result: MessageTrial.Result, isKnown: Bool) -> String {
        if isKnown {
            return ": known, nothing is done again; what follows is what it would do if it came now and were new"
        }
        return result.report.kind == .duplicate ? ": known, nothing is done again" : ""
    }

    private static func cut(_ items: [RouteDryRun.ItemStep], to most: Int) -> [RouteDryRun.ItemStep] {
        let refused = items.indices.filter { items[$0].outcome == .rejected }.prefix(most)
        let others = items.indices.filter { items[$0].outcome != .rejected }.prefix(most - refused.count)
        return (refused + others).sorted().map { items[$0] }
    }

    private static func item(_ item: RouteDryRun.ItemStep, _ definition: Definition) -> [String] {
        let place =
            (item.pointer.tokens.isEmpty ? "the message" : "\(item.pointer)") + (item.line.map { ", line \($0)" } ?? "")
        var lines = [
            "   item \(item.ordinal) at \(place): \(item.operation ?? "no operation")"
        ]
        for field in item.fields {
            var line = "     \(field.name) = \(field.value ?? (item.isMapped ? "nothing" : "not mapped"))"
            if let pointer = field.pointer { line += "   from \(pointer): \(field.source ?? "nothing")" }
            lines.append(line)
        }
        if item.reasons.isEmpty {
            lines.append("     checked against \(definition.catalog): fine")
        } else {
            lines += item.reasons.map { "     \($0.code.rawValue): \($0.text)" }
        }
        if let key = item.key { lines.append("     record \(key): \(item.before ?? "none")") }
        lines.append(
            "     → \(item.outcome.word)\(item.outcome == .rejected ? ", a dead letter" : ": \(PlanText.own(item))")")
        lines += PlanText.further(item).map { "     → also \($0)" }
        return lines
    }
}
