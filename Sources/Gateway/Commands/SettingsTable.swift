internal import JSON
internal import Output
internal import Settings

/// Formats the list of all settings.
enum SettingsTable {
    static func print(as format: OutputFormat) {
        switch format {
        case .text:
            for key in all {
                Terminal.line("\(key.name)  (\(key.environmentName))")
                let fallback = key.isSecret ? nil : key.fallback
                Terminal.line("    \(key.help)\(fallback.map { "; default \($0)" } ?? "")")
            }
        case .json: Terminal.line("[" + all.map(json).joined(separator: ",\n ") + "]")
        }
    }

    private static let all = SettingKey.all + SettingKey.ofAnyName

    private static func json(_ key: SettingKey) -> String {
        var object = JSONObjectText()
        object.add("key", key.name)
        object.add("environment", key.environmentName)
        object.add("default", key.isSecret ? nil : key.fallback)
        object.add("live", key.isLive)
        object.add("inCollection", key.reach == .everywhere)
        object.add("help", key.help)
        return object.text
    }
}
