internal import ArgumentParser
internal import Foundation

/// The options that every verb with settings has.
struct SettingsOptions: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: ArgumentHelp(
            "Settings file in YAML; without it gateway.yaml of this directory, where there is one.", valueName: "file"))
    var file: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "One setting, as --set rabbitMQ.endpointName=promo.catalog; wins over file and environment.",
            valueName: "key=value"))
    var settings: [String] = []

    @Option(
        help: ArgumentHelp(
            "Directory with catalog definitions (*.json) that are added or override ours.", valueName: "dir"))
    var definitions: String?

    @Option(help: ArgumentHelp("Directory with route mappings (*.yaml).", valueName: "dir"))
    var mappings: String?

    func validate() throws {
        for setting in settings {
            guard let equals = setting.firstIndex(of: "=") else {
                // Not quoted: it may be a password that lacks its key.
                throw ValidationError("--set takes key=value, and one of them has no '='")
            }
            let name = String(setting[..<equals])
            if case .failure(let mistake) = SettingName.key(name) { throw ValidationError("--set: \(mistake)") }
        }
    }

    /// All layers but the collection; it reads the file when it is asked.
    var reader: SettingsReader {
        var commandLine: [String: (option: String, value: String)] = [:]
        for setting in settings {
            guard let equals = setting.firstIndex(of: "="),
                case .known(let key, _) = SettingName.resolve(String(setting[..<equals]))
            else { continue }
            commandLine[key.name] = ("--set", String(setting[setting.index(after: equals)...]))
        }
        if let mappings { commandLine["mappings.directory"] = ("--mappings", mappings) }
        if let definitions { commandLine["definitions.directory"] = ("--definitions", definitions) }
        return SettingsReader(
            environment: ProcessInfo.processInfo.environment, commandLine: commandLine, file: file)
    }

    /// Names that are understood but misspelt, and variables that were probably meant to be settings.
    var hints: [SettingMistake] {
        let options: [SettingMistake] = settings.compactMap { setting in
            guard case .known(_, isOldSpelling: true) = SettingName.resolve(String(setting.prefix { $0 != "=" })) else {
                return nil
            }
            return SettingMistake(
                .hint, at: .commandLine("--set"), rule: "old-spelling", SettingName.oldSpellingHint)
        }
        return options + EnvironmentNames.hints(ProcessInfo.processInfo.environment)
    }

    /// All layers but the collection, and everything that is wrong with them.
    func read(needing needs: Set<SettingRules.Need>) -> (settings: Settings, mistakes: [SettingMistake]) {
        let reading = reader.read(needing: needs)
        return (reading.settings, reading.mistakes)
    }

    /// The settings, or exit 78 with one line for every mistake.
    func load(needing needs: Set<SettingRules.Need>) throws -> Settings {
        let (settings, mistakes) = read(needing: needs)
        for mistake in mistakes { Terminal.error(mistake.description) }
        guard mistakes.allSatisfy({ $0.severity == .hint }) else { throw ExitCode(78) }
        return settings
    }
}
