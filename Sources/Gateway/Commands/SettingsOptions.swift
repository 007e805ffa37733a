internal import ArgumentParser
internal import Foundation
internal import Output
internal import Settings

/// Where every verb's settings come from.
struct LayerOptions: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: ArgumentHelp(
            "Settings file in YAML; default: gateway.yaml in the current directory, if it exists.", valueName: "file"))
    var file: String?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp(
            "File of environment variables; default: .env beside the settings file, if it exists.", valueName: "file"))
    var variables: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A setting, such as --set rabbitMQ.endpointName=promo.catalog; overrides file and environment.",
            valueName: "key=value"))
    var settings: [String] = []

    func validate() throws {
        for setting in settings {
            guard let equals = setting.firstIndex(of: "=") else {
                // Not quoted: it may be a password without its key.
                throw ValidationError("--set takes key=value, and one of them has no '='")
            }
            let name = String(setting[..<equals])
            if case .failure(let mistake) = SettingName.key(name) { throw ValidationError("--set: \(mistake)") }
        }
    }
}

/// Options of a verb that reads neither definitions nor mappings; their directories are accepted, and mean nothing.
struct SettingsOptions: ParsableArguments, SettingsLayers {
    @OptionGroup var layers: LayerOptions

    @Option(help: ArgumentHelp("Directory of catalog definitions.", valueName: "dir", visibility: .hidden))
    var definitions: String?

    @Option(help: ArgumentHelp("Directory of route mappings.", valueName: "dir", visibility: .hidden))
    var mappings: String?
}

/// Options of a verb that reads definitions.
struct DefinitionsOptions: ParsableArguments, SettingsLayers {
    @OptionGroup var layers: LayerOptions

    @Option(
        help: ArgumentHelp(
            "Directory of catalog definitions (*.json) that are added or override the shipped ones.", valueName: "dir"))
    var definitions: String?

    @Option(help: ArgumentHelp("Directory of route mappings.", valueName: "dir", visibility: .hidden))
    var mappings: String?
}

/// Options of a verb that reads definitions and mappings.
struct ProjectOptions: ParsableArguments, SettingsLayers {
    @OptionGroup var layers: LayerOptions

    @Option(
        help: ArgumentHelp(
            "Directory of catalog definitions (*.json) that are added or override the shipped ones.", valueName: "dir"))
    var definitions: String?

    @Option(
        help: ArgumentHelp(
            "Directory of route mappings: its *.yaml and *.yml, and those of its feeds/.", valueName: "dir"))
    var mappings: String?
}

/// The settings as the options of a verb and the layers beneath give them.
protocol SettingsLayers {
    var layers: LayerOptions { get }
    var definitions: String? { get }
    var mappings: String? { get }
}

extension SettingsLayers {
    /// All layers except the collection; reads the file on demand.
    var reader: SettingsReader {
        var commandLine: [SettingKey: (option: String, value: String)] = [:]
        for setting in layers.settings {
            guard let equals = setting.firstIndex(of: "="),
                case .known(let key, _) = SettingName.resolve(String(setting[..<equals]))
            else { continue }
            commandLine[key] = ("--set", String(setting[setting.index(after: equals)...]))
        }
        if let mappings { commandLine[Setting.mappingsDirectory.key] = ("--mappings", mappings) }
        if let definitions { commandLine[Setting.definitionsDirectory.key] = ("--definitions", definitions) }
        return SettingsReader(
            environment: ProcessInfo.processInfo.environment, commandLine: commandLine, file: layers.file,
            variablesFile: layers.variables)
    }

    /// Misspelled names, and variables that were probably meant to be settings.
    var hints: [SettingDiagnostic] {
        let options: [SettingDiagnostic] = layers.settings.compactMap { setting in
            guard case .known(_, isOldSpelling: true) = SettingName.resolve(String(setting.prefix { $0 != "=" })) else {
                return nil
            }
            return SettingDiagnostic(
                .hint, at: .commandLine("--set"), rule: "old-spelling", SettingName.oldSpellingHint)
        }
        return options + EnvironmentNames.hints(ProcessInfo.processInfo.environment)
    }

    /// All layers except the collection, with all mistakes.
    func read(needing needs: Set<SettingRules.Need>) -> (settings: Settings, mistakes: [SettingDiagnostic]) {
        let reading = reader.read(needing: needs)
        return (reading.settings, reading.mistakes)
    }

    /// The settings, or exit 78 with one line for each mistake.
    func load(needing needs: Set<SettingRules.Need>) throws -> Settings {
        let (settings, mistakes) = read(needing: needs)
        for mistake in mistakes { Terminal.error(mistake.description) }
        guard mistakes.allSatisfy({ $0.severity == .hint }) else { throw ExitCode(78) }
        return settings
    }
}
