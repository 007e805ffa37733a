internal import BSON
internal import Contracts
internal import JSON
internal import Output
internal import Service

/// Formats a dead letter as text.
enum DeadLetterText {
    static let header = ["id", "received", "state", "catalog", "failed", "first reason"]

    /// A row of a table.
    static func cells(_ document: UnsafeRawBufferPointer) -> [String] {
        let letter = BSONElements(document)
        func text(_ name: StaticString) -> String { letter.first(named: name)?.text ?? "-" }
        let reasons = reasons(of: letter)
        let more = reasons.count > 1 ? " (+\(reasons.count - 1) more)" : ""
        return [
            letter.first(named: "_id")?.byteString.map { "\($0)" } ?? "-",
            letter.first(named: "receivedAt")?.date.map { WallClock.text(milliseconds: $0 / 1000 * 1000) } ?? "-",
            text("state"), "\(text("companyId"))/\(text("catalog"))", failed(letter, reasons),
            "\(reasons.first?.code ?? "-"): \(reasons.first?.text ?? "-")\(more)",
        ].map { Terminal.visible($0) }
    }

    private static func failed(_ letter: BSONElements, _ reasons: [ReasonLine]) -> String {
        let items = Set(reasons.compactMap(\.item)).count
        return letter.first(named: "kind")?.text == "message" ? "message" : Count.text(items, "item")
    }

    /// One line: id, time, state, subject, and the first reason.
    static func line(_ document: UnsafeRawBufferPointer) -> String {
        let letter = BSONElements(document)
        func text(_ name: StaticString) -> String { letter.first(named: name)?.text ?? "-" }
        let at = letter.first(named: "receivedAt")?.date.map { WallClock.text(milliseconds: $0) } ?? "-"
        let reasons = reasons(of: letter)
        let what = failed(letter, reasons)
        let more = reasons.count > 1 ? " (+\(reasons.count - 1) more)" : ""
        return Terminal.visible(
            "\(text("_id"))  \(at)  \(text("state"))  \(text("companyId"))/\(text("catalog"))  \(what)  "
                + "\(reasons.first?.code ?? "-"): \(reasons.first?.text ?? "-")\(more)")
    }

    /// All details. `history`: what people did with it.
    static func page(_ document: UnsafeRawBufferPointer, history: [AuditEntry]) -> String {
        let letter = BSONElements(document)
        var lines: [String] = []
        for name in ["_id", "state", "kind", "route", "queue", "messageId", "companyId", "catalog", "receivedAt"] {
            guard let element = letter.first(where: { $0.nameText == name }) else { continue }
            let value = element.text ?? element.date.map { WallClock.text(milliseconds: $0) } ?? "-"
            lines.append("\(name):\(String(repeating: " ", count: 12 - name.count))\(Terminal.visible(value))")
        }
        if let reason = letter.first(named: "discardReason")?.text {
            lines.append("discarded:   because \(Terminal.visible(reason))")
        }
        if let replayedAs = letter.first(named: "replayedAs")?.byteString {
            lines.append("replayed as: \(Terminal.visible("\(replayedAs)"))")
        }
        if !history.isEmpty { lines.append("history:") }
        lines += history.map { "  - " + Terminal.visible($0.text) }
        lines.append("reasons:")
        for reason in reasons(of: letter) {
            // The text for invalid JSON starts with line and column.
            let place = reason.line == nil ? reason.item.map { " (item \($0))" } ?? "" : ""
            lines.append("  - \(reason.code)\(place): \(Terminal.visible(reason.text))")
        }
        if let properties = letter.first(named: "properties"), properties.elements?.first(where: { _ in true }) != nil {
            lines.append("properties:  " + Terminal.visible(json(properties)))
        }
        if let headers = letter.first(named: "headers"), headers.elements?.first(where: { _ in true }) != nil {
            lines.append("headers:     " + Terminal.visible(json(headers)))
        }
        if let message = letter.first(named: "message"), message.type != .null {
            lines.append("message:")
            lines.append(Terminal.visible(message.text ?? json(message), isOneLine: false))
        }
        if let original = letter.first(named: "original")?.binary {
            lines.append("original (\(Count.text(original.count, "byte"))):")
            lines.append(Terminal.visible(String(decoding: original, as: UTF8.self), isOneLine: false))
        }
        if let parts = letter.first(named: "parts")?.integer {
            lines.append(
                "the payload lies in \(Count.text(Int(clamping: parts), "document")) of gateway.deadLetterParts, field 'letter'"
            )
        }
        return lines.joined(separator: "\n")
    }

    private struct ReasonLine {
        var item: Int64?
        var code: String
        var text: String
        var line: Int64?
    }

    private static func reasons(of letter: BSONElements) -> [ReasonLine] {
        (letter.first(named: "reasons")?.elements).map { elements in
            elements.compactMap(\.elements).map { reason in
                ReasonLine(
                    item: reason.first(named: "item")?.integer, code: reason.first(named: "code")?.text ?? "-",
                    text: reason.first(named: "text")?.text ?? "-", line: reason.first(named: "line")?.integer)
            }
        } ?? []
    }

    private static func json(_ element: BSONElement) -> String {
        var out: [UInt8] = []
        BSONText.append(element, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
