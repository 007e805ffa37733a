internal import Foundation

/// Gathers the layers (default < file < collection < environment < command line), checks every value and returns all
/// mistakes at once. The environment is the process's, and beneath it the file of variables. The files are read each time;
/// the process's environment and the command line stay as they were when the process began.
package struct SettingsReader: Sendable {
    /// The settings file that is read where none is named, if there is one.
    package static let usualFile = "gateway.yaml"

    package var environment: [String: String]
    /// From `--option`s.
    package var commandLine: [SettingKey: (option: String, value: String)] = [:]
    /// The settings file named on the command line.
    package var file: String?
    /// The file of variables named on the command line.
    package var variablesFile: String?

    package init(
        environment: [String: String], commandLine: [SettingKey: (option: String, value: String)] = [:],
        file: String? = nil, variablesFile: String? = nil
    ) {
        self.environment = environment
        self.commandLine = commandLine
        self.file = file
        self.variablesFile = variablesFile
    }

    /// The settings file that is read: the one named, or the usual one where it exists.
    package var path: String? { file ?? (Files.exists(Self.usualFile) ? Self.usualFile : nil) }

    /// The file of variables that is read: the one named, or the usual one beside the settings file.
    package var variablesPath: String {
        if let variablesFile { return variablesFile }
        let beside = file ?? Self.usualFile
        return beside[..<(beside.lastIndex(of: "/").map { beside.index(after: $0) } ?? beside.startIndex)]
            + VariablesFile.usualName
    }

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
        let variables = Variables(
            process: environment, file: VariablesFile.read(path: variablesPath, isNamed: variablesFile != nil))
        var mistakes = variables.file.mistakes
        if mistakes.isEmpty, let previous { mistakes += missingVariables(variables.file, previous) }
        if let path {
            let content = SettingsFile.read(path: path, environment: variables.all)
            mistakes += content.mistakes
            layers.file = content.values
        }
        if mistakes.isEmpty, layers.file.isEmpty, let previous { mistakes += missingFile(previous) }
        if let collection { layers.collection = collection.values }
        mistakes += variables.read(into: &layers.environment)
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
        for key in SettingKey.all + SettingKey.further(values) {
            if let value = values[key] { mistakes += SettingRules.check(value, of: key) }
        }
        mistakes += SettingRules.crossCheck(values, needing: needs)
        for (key, value) in layers.all { Redactor.shared.learn(value.text, of: key) }
        var settings = Settings(values: values, unreadable: unreadable)
        settings.variables = variables.all
        settings.variablesFile = variables.file.variables.isEmpty ? nil : variablesPath
        return Reading(settings: settings, mistakes: mistakes, collectionMistakes: collectionMistakes)
    }

    /// As ``missingFile(_:)``, of the file of variables.
    private func missingVariables(_ file: VariablesFile, _ previous: Settings) -> [SettingDiagnostic] {
        guard let before = previous.variablesFile, file.variables.isEmpty else { return [] }
        return [
            SettingDiagnostic(
                at: .file(before, line: 1, column: 1), rule: "variables-file",
                "the file of variables is gone or empty, and there were variables in it; put them back, or start the gateway"
                    + " again to run without them")
        ]
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
        [file ?? Self.usualFile, variablesPath]
            + SettingKey.all.compactMap { Variables.given($0.environmentName + "_FILE", in: environment) }
    }
}
