internal import JSON
internal import Output

/// Formats the response of `/api/status`.
enum StatusText {
    static func page(_ status: JSONNode) -> String {
        var parts: [String] = []
        for line in elements(status, "banner") {
            let count = line["count"]?.int64.map { " (\($0))" } ?? ""
            let words = "!! \(text(line, "name"))\(count), since \(text(line, "since")): \(text(line, "detail"))"
            parts.append(Style.bad(Terminal.visible(words, isOneLine: false)))
        }
        parts.append(
            Terminal.visible(
                "promo-gateway \(text(status, "version")), \(text(status, "status")), \(text(status, "guarantee")), since"
                    + " \(text(status, "startedAt"))", isOneLine: false))
        parts.append(
            TextTable.render(
                header: ["part", "ok", "since", "detail"],
                rows: elements(status, "parts").map {
                    [text($0, "name"), $0["ok"]?.bool == true ? "ok" : "DOWN", text($0, "since"), text($0, "detail")]
                }))
        parts.append(table("route", ["state", "items/s", "waiting", "items"], elements(status, "routes"), route))
        parts.append(
            table("feed", ["state", "last run", "next run", "lag s", "failed", "why"], elements(status, "feeds"), feed))
        parts.append(
            table("postings of", ["to", "pending", "failed", "why"], elements(status, "postings")) { line in
                [
                    text(line, "destination"), text(line, "pending"),
                    "\((line["failed"]?.int64 ?? 0) + (line["stuck"]?.int64 ?? 0))", text(line, "reason"),
                ]
            })
        let letters = counts(status["deadLetters"])
        parts.append("dead letters: \(letters.isEmpty ? "none" : Terminal.visible(letters))")
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private static func table(
        _ name: String, _ columns: [String], _ lines: [JSONNode], _ cells: (JSONNode) -> [String]
    ) -> String {
        lines.isEmpty
            ? "" : TextTable.render(header: [name] + columns, rows: lines.map { [text($0, "name")] + cells($0) })
    }

    private static func route(_ route: JSONNode) -> [String] {
        let waiting = elements(route, "sources").map { "\(text($0, "name")): \(text($0, "waiting"))" }
        let sockets = route["sockets"]?.int64.map { "connections \($0)" }
        return [
            text(route, "state"), text(route, "itemsPerSecond"), place(route) ?? waiting.joined(separator: ", "),
            [counts(route["items"]), counts(route["answers"]), sockets ?? ""].filter { !$0.isEmpty }
                .joined(separator: ", "),
        ]
    }

    /// Where its requests or connections come in; nil for other sources.
    private static func place(_ route: JSONNode) -> String? {
        guard let endpoint = route["endpoint"], endpoint.isObject else { return nil }
        return "\(endpoint["method"]?.string ?? "WebSocket") \(endpoint["path"]?.string ?? "any path")"
            + " (\(text(endpoint, "listener")))"
    }

    private static func feed(_ feed: JSONNode) -> [String] {
        let state = text(feed, "state") + (feed["isHere"]?.bool == true ? "" : " elsewhere")
        return [
            feed["state"]?.string == "disabled" ? "off" : state, text(feed, "lastRunAt"), text(feed, "nextRunAt"),
            text(feed, "lagSeconds"), text(feed, "failed"), text(feed, "reason"),
        ]
    }

    private static func counts(_ node: JSONNode?) -> String {
        (node?.members).map { members in
            members.filter { ($0.value.int64 ?? 0) > 0 }.map { "\($0.name.string ?? "") \($0.value.int64 ?? 0)" }
                .joined(separator: ", ")
        } ?? ""
    }

    private static func elements(_ node: JSONNode, _ name: String) -> [JSONNode] {
        (node[name]?.elements).map { Array($0) } ?? []
    }

    private static func text(_ node: JSONNode, _ name: String) -> String {
        guard let value = node[name], !value.isNull else { return "-" }
        return value.string ?? String(decoding: value.rawText, as: UTF8.self)
    }
}
