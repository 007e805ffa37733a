/// Values of all layers, and their precedence.
struct SettingLayers {
    var file: [SettingKey: SettingValue] = [:]
    var collection: [SettingKey: SettingValue] = [:]
    var environment: [SettingKey: SettingValue] = [:]
    var commandLine: [SettingKey: SettingValue] = [:]

    /// Each from the highest layer that gives it.
    var merged: [SettingKey: SettingValue] {
        var values: [SettingKey: SettingValue] = [:]
        for key in SettingKey.all {
            if let fallback = key.fallback { values[key] = SettingValue(text: fallback, origin: .default) }
        }
        for layer in [file, collection, environment, commandLine] { values.merge(layer) { _, higher in higher } }
        return values
    }

    /// Every value of every layer.
    var all: [(key: SettingKey, value: SettingValue)] {
        [file, collection, environment, commandLine].flatMap { layer in layer.map { ($0.key, $0.value) } }
    }

    /// Leaves out what the collection says about a broker where that is in conflict with other keys, and returns what to
    /// say about it: a console's mistake must not stop a gateway that works. `keys`: those for which it is unknown
    /// what is wanted, since the collection contradicts itself.
    mutating func settleConflicts() -> [(keys: [SettingKey], mistake: SettingDiagnostic)] {
        var mistakes: [(keys: [SettingKey], mistake: SettingDiagnostic)] = []
        for conflict in SettingRules.conflicts(merged) {
            let own = conflict.keys.filter { merged[$0]?.origin.isCollection == true }
            guard let first = own.first else { continue }
            let mistake = SettingDiagnostic(
                at: merged[first]?.origin, rule: conflict.mistake.rule,
                conflict.mistake.message + "; what the collection says of it is left out")
            mistakes.append((own.count == conflict.keys.count ? own : [], mistake))
            for key in own { collection[key] = nil }
        }
        return mistakes
    }
}
