/// What each layer gives, and what counts in the end.
struct SettingLayers {
    var file: [String: SettingValue] = [:]
    var collection: [String: SettingValue] = [:]
    var environment: [String: SettingValue] = [:]
    var commandLine: [String: SettingValue] = [:]

    /// By name, each from the highest layer that gives it.
    var merged: [String: SettingValue] {
        var values: [String: SettingValue] = [:]
        for key in SettingKey.all {
            if let fallback = key.fallback { values[key.name] = SettingValue(text: fallback, origin: .default) }
        }
        for layer in [file, collection, environment, commandLine] { values.merge(layer) { _, higher in higher } }
        return values
    }

    /// Every value of every layer.
    var all: [(name: String, value: SettingValue)] {
        [file, collection, environment, commandLine].flatMap { layer in layer.map { ($0.key, $0.value) } }
    }

    /// Leaves out what the collection says about a broker where that is in conflict with other keys, and returns what to
    /// say about it: a console's mistake must not stop a gateway that works. `names`: keys of which nobody knows any more
    /// what is wanted, since the collection contradicts itself.
    mutating func settleConflicts() -> [(names: [String], mistake: SettingMistake)] {
        var mistakes: [(names: [String], mistake: SettingMistake)] = []
        for conflict in SettingRules.conflicts(merged) {
            let own = conflict.names.filter { merged[$0]?.origin.isCollection == true }
            guard let first = own.first else { continue }
            let mistake = SettingMistake(
                at: merged[first]?.origin, rule: conflict.mistake.rule,
                conflict.mistake.message + "; what the collection says of it is left out")
            mistakes.append((own.count == conflict.names.count ? own : [], mistake))
            for name in own { collection[name] = nil }
        }
        return mistakes
    }
}
