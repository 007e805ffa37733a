internal import Foundation

/// Gathers the layers (default, file, environment, command line), checks every value and returns all mistakes at once.
struct SettingsReader {
    var environment: [String: String]
    /// From `--option`s, by the setting's name.
    var commandLine: [String: (option: String, value: String)] = [:]

    private(set) var values: [String: SettingValue] = [:]
    private(set) var mistakes: [SettingMistake] = []

    init(environment: [String: String], commandLine: [String: (option: String, value: String)] = [:]) {
        self.environment = environment
        self.commandLine = commandLine
    }

    /// `file`: the settings file; nil for none.
    mutating func read(
        file: String?, needing needs: Set<SettingRules.Need>
    ) -> (settings: Settings, mistakes: [SettingMistake]) {
        values = [:]
        mistakes = []
        for key in SettingKey.all {
            if let fallback = key.fallback { values[key.name] = SettingValue(text: fallback, origin: .default) }
        }
        if let file {
            let content = SettingsFile.read(path: file, environment: environment)
            mistakes += content.mistakes
            values.merge(content.values) { _, new in new }
        }
        readEnvironment()
        for (name, given) in commandLine {
            values[name] = SettingValue(text: given.value, origin: .commandLine(given.option))
        }
        for key in SettingKey.all {
            if let value = values[key.name] { mistakes += SettingRules.check(value, of: key) }
        }
        mistakes += SettingRules.crossCheck(values, needing: needs)
        return (Settings(values: values), mistakes)
    }

    private mutating func readEnvironment() {
        for key in SettingKey.all {
            let name = key.environmentName
            // A variable that is set to nothing is one that somebody left out: compose files write them so.
            let direct = environment[name].flatMap { $0.isEmpty ? nil : $0 }
            let path = environment[name + "_FILE"].flatMap { $0.isEmpty ? nil : $0 }
            if direct != nil, path != nil {
                mistakes.append(
                    SettingMistake(
                        at: .environment(name), rule: "secret-twice",
                        "\(name) and \(name)_FILE are both set; keep one"))
            }
            if let direct {
                values[key.name] = SettingValue(text: direct, origin: .environment(name))
            } else if let path {
                guard let data = FileManager.default.contents(atPath: path),
                    let text = String(data: data, encoding: .utf8)
                else {
                    mistakes.append(
                        SettingMistake(
                            at: .environment(name + "_FILE"), rule: "secret-file",
                            "cannot read '\(path)' for \(key.name); give a readable text file"))
                    continue
                }
                let trimmed = text.trimmingCharacters(in: .newlines)
                values[key.name] = SettingValue(text: trimmed, origin: .environment(name + "_FILE"))
            }
        }
    }
}
