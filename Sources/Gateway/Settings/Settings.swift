internal import Pipeline

/// The settings of one run, checked. Read by name; typed where they are used.
struct Settings: Sendable {
    let values: [String: SettingValue]
    /// What the collection says and cannot be read, since the start: what it might allow must not begin.
    var unreadable: [String: SettingMistake] = [:]

    func text(_ name: String) -> String? { values[name]?.text }

    func bool(_ name: String) -> Bool { text(name).flatMap { Self.bool($0) } ?? false }

    func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

    /// A whole number of a setting that has a default: the one place where that default stands is its key.
    func number(_ name: String) -> Int {
        guard let number = integer(name) ?? SettingKey.named(name)?.fallback.flatMap({ Int($0) }) else {
            preconditionFailure("'\(name)' is no number with a default")
        }
        return number
    }

    /// Words separated by commas; `[]` for none.
    func list(_ name: String) -> [String] {
        (text(name) ?? "").split(separator: ",").map { $0.trimming(while: { $0 == " " }) }
            .filter { !$0.isEmpty && $0 != SettingValue.emptyList }
    }

    static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    /// What must not begin.
    var stops: SettingStops {
        unreadable.keys.reduce(into: []) { $0.formUnion(SettingKey.named($1)?.stops ?? []) }
    }

    /// Why not, a line each.
    func reasons(for stop: SettingStops) -> [String] {
        unreadable.filter { SettingKey.named($0.key)?.stops.contains(stop) == true }.sorted { $0.key < $1.key }
            .map(\.value.description)
    }

    var limits: Limits {
        var limits = Limits()
        limits.batchItems = number("limits.batchItems")
        limits.messageBytes = number("limits.messageBytes")
        return limits
    }
}

extension Substring {
    fileprivate func trimming(while predicate: (Character) -> Bool) -> String {
        let front = drop(while: predicate)
        let back = front.reversed().drop(while: predicate)
        return String(back.reversed())
    }
}
