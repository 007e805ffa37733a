internal import JSON
internal import Yams

/// Compiles `date:` and `format:`.
struct DateCompiler {
    let reader: NodeReader
    let context: MappingContext

    func transform(_ name: String, _ node: Node, what: String) -> (any Transform)? {
        var patterns = node
        var pivot: Int?
        var zone = TimeZoneTable.utc
        var namesZone = false
        if node.mapping != nil {
            let object = name == "date" ? Language.date : Language.format
            guard let members = reader.members(node, object, what: what), let pattern = members["pattern"] else {
                return nil
            }
            patterns = pattern
            if let zoneNode = members["zone"] {
                guard let found = self.zone(zoneNode) else { return nil }
                (zone, namesZone) = (found, true)
            }
            if let pivotNode = members["pivot"] {
                guard let year = reader.integer(pivotNode, in: 1...9900, what: "pivot") else { return nil }
                pivot = year
            }
        }
        let all: [ToDate.Form] = (patterns.sequence.map { Array($0) } ?? [patterns]).compactMap {
            form($0, name, pivot: pivot ?? 2000, what: what)
        }
        hints(all, at: patterns, zone: namesZone ? zone : nil, pivot: pivot, isRead: name == "date", what: what)
        guard let first = all.first else { return nil }
        if name == "date" { return ToDate(all, zone: zone) }
        guard case .pattern(let pattern) = first, all.count == 1 else {
            reader.add(patterns, "type", "\(what): expected one pattern such as dd/MM/yyyy HH:mm")
            return nil
        }
        return FormatDate(pattern, zone: zone)
    }

    /// `zone`: the named one.
    private func hints(
        _ forms: [ToDate.Form], at node: Node, zone: TimeZoneTable?, pivot: Int?, isRead: Bool, what: String
    ) {
        var hasShortYear = false
        for case .pattern(let pattern) in forms {
            let shown = "\(what): '\(pattern.text)'"
            if pattern.hasShortYear { hasShortYear = true }
            if zone != nil, !pattern.hasTime || (pattern.alwaysHasOffset && isRead) {
                let why =
                    pattern.hasTime ? "says its offset itself" : "has no time: a day is the same day in every zone"
                reader.add(node, "zone", "\(shown) \(why); the zone does nothing", severity: .hint)
            } else if let zone, zone != .utc, let quoted = pattern.quotedUTC, pattern.hasTime {
                reader.add(
                    node, "zone",
                    "\(shown) has \(quoted), which means UTC, but the zone is not UTC; write XXX in its place, or leave the"
                        + " zone out", severity: .hint)
            }
            if isRead, !pattern.hasTime, pattern.hasOffset {
                reader.add(
                    node, "zone", "\(shown) has an offset and no time: the day is kept, and the offset does nothing",
                    severity: .hint)
            }
        }
        if isRead, hasShortYear, pivot == nil {
            reader.add(
                node, "pivot",
                "\(what): a year of two digits is read as 2000 to 2099; for others, such as dates of birth, say the first of"
                    + " its hundred years: { pattern: …, pivot: 1930 }", severity: .hint)
        } else if pivot != nil, !hasShortYear {
            reader.add(
                node, "pivot", "\(what): the pivot is for years of two digits (yy); it does nothing", severity: .hint)
        }
    }

    private func form(_ node: Node, _ name: String, pivot: Int, what: String) -> ToDate.Form? {
        guard let text = reader.text(node, what: what) else { return nil }
        if name == "date", text == "epochSeconds" { return .epochSeconds }
        if name == "date", text == "epochMilliseconds" { return .epochMilliseconds }
        do throws(DatePattern.Problem) {
            return .pattern(try DatePattern(text, pivot: pivot))
        } catch {
            reader.add(node, "date-pattern", "\(what): '\(text.prefix(60))': \(error.message)")
            return nil
        }
    }

    private func zone(_ node: Node) -> TimeZoneTable? {
        guard let name = reader.text(node, what: "zone", context: context) else { return nil }
        if let zone = TimeZoneTable.named(name) { return zone }
        let hint = Spelling.nearest(to: name, in: TimeZoneTable.names).map { " (did you mean '\($0)'?)" } ?? ""
        reader.add(node, "zone", "no time zone is named '\(name.prefix(60))'\(hint)")
        return nil
    }
}
