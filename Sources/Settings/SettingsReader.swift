internal import Foundation

/// Gathers the layers (default < file < collection < environment < command line), checks every value and returns all
/// mistakes at once. The file is read each time; environment and command line stay as they were when the process began.
package struct SettingsReader: Sendable {
    /// The settings file that is read where none is named, if there is one.
    package static let usualFile = "gateway.yaml"

    package var environment: [String: String]
    /// From `--option`s.
    package var commandLine: [SettingKey: (option: String, value: String)] = [:]
    /// The settings file named on the command line.
    package var file: String?

    package init(
        environment: [String: String], commandLine: [SettingKey: (option: String, value: String)] = [:],
        file: String? = nil
    ) {
        self.environment = environment
        self.commandLine = commandLine
        self.file = file
    }

    /// The settings file that is read: the one named, or the usual one where it exists.
    package var path: String? { file ?? (Files.exists(Self.usualFile) ? Self.usualFile : nil) }

    package struct Reading {
        package var settings: Settings
        package var mistakes: [SettingDiagnostic] = []
        /// What is wrong in the collection: that is left out, and the rest of it taken.
        package var collectionMistakes: [SettingDiagnostic] = []
    }

    /// `collection`: what the collection `configuration` says; nil where it is not read. `previous`: what has been in force
    /// so far; nil where nothing has. A value of the collection that cannot be read leaves what is in force, and where
    /// nothing is, ``Settings/unreadable`` says so.
    package func read(
        collection: CollectionSettings? = nil, previous: Settings? = nil, needing needs: Set<SettingRules.Need> = []
    ) -> Reading {
        var layers = SettingLayers()
        var mistakes: [SettingDiagnostic] = []
        if let path {
            let content = SettingsFile.read(path: path, environment: environment)
            mistakes += content.mistakes
            layers.file = content.values
        }
        if mistakes.isEmpty, layers.file.isEmpty, let previous { mistakes += missingFile(previous) }
        if let collection { layers.collection = collection.values }
        readEnvironment(into: &layers.environment, &mistakes)
        for (key, given) in commandLine {
            layers.commandLine[key] = SettingValue(text: given.value, origin: .commandLine(given.option))
        }
        var collectionMistakes = collection?.mistakes ?? []
        var unusable = collection?.unusable ?? [:]
        for (keys, mistake) in layers.settleConflicts() {
            collectionMistakes.append(mistake)
            for key in keys { unusable[key] = mistake }
        }
        var values = layers.merged
        var unreadable: [SettingKey: SettingDiagnostic] = [:]
        for (key, mistake) in unusable where layers.environment[key] == nil && layers.commandLine[key] == nil {
            if let previous, previous.unreadable[key] == nil {
                values[key] = previous.values[key]
            } else {
                unreadable[key] = mistake
            }
        }
        for key in SettingKey.all {
            if let value = values[key] { mistakes += SettingRules.check(value, of: key) }
        }
        mistakes += SettingRules.crossCheck(values, needing: needs)
        for (key, value) in layers.all { Redactor.shared.learn(value.text, of: key) }
        return Reading(
            settings: Settings(values: values, unreadable: unreadable), mistakes: mistakes,
            collectionMistakes: collectionMistakes)
    }

    /// A settings file removed or emptied at run time is being rewritten, or a mistake: without it everything it
    /// forbids would be allowed.
    private func missingFile(_ previous: Settings) -> [SettingDiagnostic] {
        let before = previous.values.values.compactMap { value in
            if case .file(let path, _, _) = value.origin { path } else { nil }
        }
        guard let file = before.first else { return [] }
        return [
            SettingDiagnostic(
                at: .file(file, line: 1, column: 1), rule: "settings-file",
                "the settings file is \(path == nil ? "gone" : "empty"), and there were settings in it; put them back, or"
                    + " start the gateway again to run without them")
        ]
    }

    /// The files that were read or would be, were they there: a change of one is a change of the settings.
    package var watchedFiles: [String] {
        [file ?? Self.usualFile]
            + SettingKey.all.compactMap { Self.given($0.environmentName + "_FILE", in: environment) }
    }

    private func readEnvironment(
        into values: inout [SettingKey: SettingValue], _ mistakes: inout [SettingDiagnostic]
    ) {
        for key in SettingKey.all { readVariable(key.environmentName, of: key, into: &values, &mistakes) }
        for key in SettingKey.all where key.isGuard && environment[key.environmentName] == "" && values[key] == nil {
            mistakes.append(
                SettingDiagnostic(
                    .hint, at: .environment(key.environmentName), rule: "setting-empty",
                    "it is set to nothing, which counts as not set: give \(key.name) a value, or unset the variable"))
        }
        for (oldName, name) in SettingName.oldSpellings.sorted(by: { $0.key < $1.key }) {
            guard let key = SettingKey.named(name), values[key] == nil else { continue }
            let variable = SettingKey.environmentName(of: oldName)
            readVariable(variable, of: key, into: &values, &mistakes)
            guard values[key] != nil else { continue }
            mistakes.append(
                SettingDiagnostic(
                    .hint, at: .environment(variable), rule: "old-spelling", SettingName.oldSpellingHint))
        }
    }

    private func readVariable(
        _ name: String, of key: SettingKey, into values: inout [SettingKey: SettingValue],
        _ mistakes: inout [SettingDiagnostic]
    ) {
        let direct = Self.given(name, in: environment)
        let path = Self.given(name + "_FILE", in: environment)
        if direct != nil, path != nil {
            mistakes.append(
                SettingDiagnostic(
                    at: .environment(name), rule: "secret-twice", "\(name) and \(name)_FILE are both set; keep one"))
        }
        if let direct {
            values[key] = SettingValue(text: direct, origin: .environment(name))
        } else if let path {
            guard let text = Files.text(path) else {
                mistakes.append(
                    SettingDiagnostic(
                        at: .environment(name + "_FILE"), rule: "secret-file",
                        "cannot read '\(path)' for \(key.name); give a readable text file"))
                return
            }
            let trimmed = text.trimmingCharacters(in: .newlines)
            values[key] = SettingValue(text: trimmed, origin: .environment(name + "_FILE"))
        }
    }

    /// A variable set to an empty text counts as unset: compose files write them that way.
    private static func given(_ name: String, in environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
