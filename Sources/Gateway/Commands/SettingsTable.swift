internal import Documents

/// The list of all settings, for people and programs.
enum SettingsTable {
    static func print(as format: OutputFormat) {
        switch format {
        case .text:
            for key in SettingKey.all {
                Terminal.line("\(key.name)  (\(key.environmentName))")
                let fallback = key.isSecret ? nil : key.fallback
                Terminal.line("    \(key.help)\(fallback.map { "; default \($0)" } ?? "")")
            }
        case .json: Terminal.line("[" + SettingKey.all.map(json).joined(separator: ",\n ") + "]")
        }
    }

    private static func json(_ key: SettingKey) -> String {
        func quoted(_ text: String) -> String {
            var out: [UInt8] = []
            JSONText.append(string: text, to: &out)
            return String(decoding: out, as: UTF8.self)
        }
        let fallback = (key.isSecret ? nil : key.fallback).map(quoted) ?? "null"
        return "{\"key\":\(quoted(key.name)),\"environment\":\(quoted(key.environmentName)),\"default\":\(fallback),"
            + "\"help\":\(quoted(key.help))}"
    }
}
