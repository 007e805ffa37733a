internal import ArgumentParser
internal import Output
internal import Settings

/// The name of a setting, as a command-line argument.
struct KeyArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("A setting, such as rabbitMQ.enabled.", valueName: "key"))
    var name: String

    func validate() throws {
        if case .failure(let mistake) = SettingName.key(name) { throw ValidationError("\(mistake)") }
    }

    /// The setting; `validate` guarantees that it exists.
    var key: SettingKey {
        get throws {
            if case .known(_, isOldSpelling: true) = SettingName.resolve(name) {
                Terminal.error("hint: \(SettingName.oldSpellingHint)")
            }
            return try SettingName.key(name).get()
        }
    }
}
