internal import Foundation

/// The environment variables: the process's, and beneath them those of a file.
struct Variables {
    let process: [String: String]
    let file: VariablesFile

    /// Each from the process where it has it, also an empty one.
    var all: [String: String] { file.variables.mapValues(\.value).merging(process) { _, own in own } }

    /// A variable set to an empty text counts as unset: compose files write them that way.
    static func given(_ name: String, in environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func given(_ name: String) -> String? {
        process[name] == nil
            ? file.variables[name].flatMap { $0.value.isEmpty ? nil : $0.value } : Self.given(name, in: process)
    }

    private func origin(_ name: String) -> SettingValue.Origin {
        (process[name] == nil ? file.origin(of: name) : nil) ?? .environment(name)
    }

    /// Reads the settings that variables give; returns their mistakes.
    func read(into values: inout [SettingKey: SettingValue]) -> [SettingDiagnostic] {
        var mistakes = EnvironmentNames.hints(file.variables.mapValues(\.value)) {
            file.origin(of: $0) ?? .environment($0)
        }
        let named = SettingKey.ofNamed(in: file.variables.mapValues(\.value).merging(process) { $1 })
        for key in SettingKey.all + named where values[key] == nil {
            read(key.environmentName, of: key, into: &values, &mistakes)
        }
        for key in SettingKey.all where key.isGuard && values[key] == nil {
            let name = key.environmentName
            guard process[name] ?? file.variables[name]?.value == "" else { continue }
            mistakes.append(
                SettingDiagnostic(
                    .hint, at: origin(name), rule: "setting-empty",
                    "it is set to nothing, which counts as not set: give \(key.name) a value, or unset the variable"))
        }
        for (oldName, name) in SettingName.oldSpellings.sorted(by: { $0.key < $1.key }) {
            guard let key = SettingKey.named(name), values[key] == nil else { continue }
            let variable = SettingKey.environmentName(of: oldName)
            read(variable, of: key, into: &values, &mistakes)
            guard values[key] != nil else { continue }
            mistakes.append(
                SettingDiagnostic(.hint, at: origin(variable), rule: "old-spelling", SettingName.oldSpellingHint))
        }
        // Also what the process's environment overrides.
        for key in SettingKey.all {
            if let variable = file.variables[key.environmentName] { Redactor.shared.learn(variable.value, of: key) }
        }
        return mistakes
    }

    private func read(
        _ name: String, of key: SettingKey, into values: inout [SettingKey: SettingValue],
        _ mistakes: inout [SettingDiagnostic]
    ) {
        let other = name + "_FILE"
        var (direct, path) = (given(name), given(other))
        if direct != nil, path != nil {
            switch (process[name] == nil, process[other] == nil) {
            case (false, true): path = nil
            case (true, false): direct = nil
            default:
                mistakes.append(
                    SettingDiagnostic(
                        at: origin(name), rule: "secret-twice", "\(name) and \(other) are both set; keep one"))
            }
        }
        if let direct {
            values[key] = SettingValue(text: direct, origin: origin(name))
        } else if let path {
            guard let text = Files.text(path) else {
                mistakes.append(
                    SettingDiagnostic(
                        at: origin(other), rule: "secret-file",
                        "cannot read '\(path)' for \(key.name); give a readable text file"))
                return
            }
            values[key] = SettingValue(text: text.trimmingCharacters(in: .newlines), origin: origin(other))
        }
    }
}
