internal import JSON
internal import Yams

/// Compiles `date:` and `format:`.
struct DateCompiler {
    let reader: NodeReader
    let context: MappingContext

    func transform(_ name: String, _ node: Node, what: String) -> (any Transform)? {
        var patterns = node
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
        }
        let all: [ToDate.Form] = (patterns.sequence.map { Array($0) } ?? [patterns]).compactMap {
            form($0, name, what: what)
        }
        guard let first = all.first else { return nil }
        for case .pattern(let pattern) in all where namesZone && (!pattern.hasTime || pattern.hasOffset) {
            let why = pattern.hasTime ? "says its offset itself" : "has no time: a day is the same day in every zone"
            reader.add(patterns, "zone", "\(what): '\(pattern.text)' \(why); the zone does nothing", severity: .hint)
        }
        if name == "date" { return ToDate(all, zone: zone) }
        guard case .pattern(let pattern) = first, all.count == 1 else {
            reader.add(patterns, "type", "\(what): expected one pattern such as dd/MM/yyyy HH:mm")
            return nil
        }
        return FormatDate(pattern, zone: zone)
    }

    private func form(_ node: Node, _ name: String, what: String) -> ToDate.Form? {
        guard let text = reader.text(node, what: what) else { return nil }
        if name == "date", text == "epochSeconds" { return .epochSeconds }
        if name == "date", text == "epochMilliseconds" { return .epochMilliseconds }
        do throws(DatePattern.Problem) {
            return .pattern(try DatePattern(text))
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
