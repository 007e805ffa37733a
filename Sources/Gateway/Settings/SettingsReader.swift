internal import Foundation

/// Gathers the layers (default < file < collection < environment < command line), checks every value and returns all
/// mistakes at once. The file is read each time; environment and command line stay as they were when the process began.
struct SettingsReader: Sendable {
    /// The settings file that is read where none is named, if there is one.
    static let usualFile = "gateway.yaml"

    var environment: [String: String]
    /// From `--option`s, by the setting's name.
    var commandLine: [String: (option: String, value: String)] = [:]
    /// The settings file that somebody has named.
    var file: String?

    /// The settings file that is read: the one named, or the usual one where it exists.
    var path: String? { file ?? (FileManager.default.fileExists(atPath: Self.usualFile) ? Self.usualFile : nil) }

    struct Reading {
        var settings: Settings
        var mistakes: [SettingMistake] = []
        /// What is wrong in the collection: that is left out, and the rest of it taken.
        var collectionMistakes: [SettingMistake] = []
    }

    /// `collection`: what the collection `configuration` says; nil where it is not read.
    func read(
        collection: CollectionSettings? = nil, needing needs: Set<SettingRules.Need> = []
    ) -> Reading {
        var layers = SettingLayers()
        var mistakes: [SettingMistake] = []
        if let path {
            let content = SettingsFile.read(path: path, environment: environment)
            mistakes += content.mistakes
            layers.file = content.values
        }
        if let collection { layers.collection = collection.values }
        readEnvironment(into: &layers.environment, &mistakes)
        for (name, given) in commandLine {
            layers.commandLine[name] = SettingValue(text: given.value, origin: .commandLine(given.option))
        }
        var collectionMistakes = collection?.mistakes ?? []
        collectionMistakes += layers.settleConflicts()
        let values = layers.merged
        for key in SettingKey.all {
            if let value = values[key.name] { mistakes += SettingRules.check(value, of: key) }
        }
        mistakes += SettingRules.crossCheck(values, needing: needs)
        return Reading(
            settings: Settings(values: values), mistakes: mistakes, collectionMistakes: collectionMistakes)
    }

    /// The files that were read or would be, were they there: a change of one is a change of the settings.
    var watchedFiles: [String] {
        [file ?? Self.usualFile]
            + SettingKey.all.compactMap { Self.given($0.environmentName + "_FILE", in: environment) }
    }

    private func readEnvironment(
        into values: inout [String: SettingValue], _ mistakes: inout [SettingMistake]
    ) {
        for key in SettingKey.all { readVariable(key.environmentName, of: key, into: &values, &mistakes) }
        for (oldName, name) in SettingName.oldSpellings.sorted(by: { $0.key < $1.key }) {
            guard let key = SettingKey.named(name), values[name] == nil else { continue }
            let variable = SettingKey.environmentName(of: oldName)
            readVariable(variable, of: key, into: &values, &mistakes)
            guard values[name] != nil else { continue }
            mistakes.append(
                SettingMistake(
                    .hint, at: .environment(variable), rule: "old-spelling", SettingName.oldSpellingHint))
        }
    }

    private func readVariable(
        _ name: String, of key: SettingKey, into values: inout [String: SettingValue],
        _ mistakes: inout [SettingMistake]
    ) {
        let direct = Self.given(name, in: environment)
        let path = Self.given(name + "_FILE", in: environment)
        if direct != nil, path != nil {
            mistakes.append(
                SettingMistake(
                    at: .environment(name), rule: "secret-twice", "\(name) and \(name)_FILE are both set; keep one"))
        }
        if let direct {
            values[key.name] = SettingValue(text: direct, origin: .environment(name))
        } else if let path {
            guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
            else {
                mistakes.append(
                    SettingMistake(
                        at: .environment(name + "_FILE"), rule: "secret-file",
                        "cannot read '\(path)' for \(key.name); give a readable text file"))
                return
            }
            let trimmed = text.trimmingCharacters(in: .newlines)
            values[key.name] = SettingValue(text: trimmed, origin: .environment(name + "_FILE"))
        }
    }

    /// A variable that is set to nothing is one that somebody left out: compose files write them so.
    private static func given(_ name: String, in environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
