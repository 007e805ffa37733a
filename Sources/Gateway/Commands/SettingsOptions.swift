internal import Documents
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

    /// The file that is read: the one given, or the usual one where it exists.
    var path: String? {
        file ?? (FileManager.default.fileExists(atPath: "gateway.yaml") ? "gateway.yaml" : nil)
    }

    func validate() throws {
        for setting in settings {
            guard let equals = setting.firstIndex(of: "=") else {
                throw ValidationError("--set takes key=value, found '\(setting)'")
            }
            let name = String(setting[..<equals])
            guard SettingKey.named(name) != nil else {
                let hint = Spelling.nearest(to: name, in: SettingKey.all.map(\.name)).map { " (did you mean '\($0)'?)" }
                throw ValidationError("--set: unknown setting '\(name)'\(hint ?? "")")
            }
        }
    }

    /// All layers, and everything that is wrong with them.
    func read(needing needs: Set<SettingRules.Need>) -> (settings: Settings, mistakes: [SettingMistake]) {
        var commandLine: [String: (option: String, value: String)] = [:]
        for setting in settings {
            guard let equals = setting.firstIndex(of: "=") else { continue }
            commandLine[String(setting[..<equals])] = ("--set", String(setting[setting.index(after: equals)...]))
        }
        if let mappings { commandLine["mappings.directory"] = ("--mappings", mappings) }
        if let definitions { commandLine["definitions.directory"] = ("--definitions", definitions) }
        var reader = SettingsReader(environment: ProcessInfo.processInfo.environment, commandLine: commandLine)
        return reader.read(file: path, needing: needs)
    }

    /// The settings, or exit 78 with one line for every mistake.
    func load(needing needs: Set<SettingRules.Need>) throws -> Settings {
        let (settings, mistakes) = read(needing: needs)
        for mistake in mistakes { Terminal.error(mistake.description) }
        guard mistakes.allSatisfy({ $0.severity == .hint }) else { throw ExitCode(78) }
        return settings
    }
}
