internal import Mappings

/// The settings of one run, checked, with who gave each.
package struct Settings: Sendable {
    /// Those that have a value, defaults included.
    package let values: [SettingKey: SettingValue]
    /// What the collection says and cannot be read, since the start: what it might allow must not begin.
    package var unreadable: [SettingKey: SettingDiagnostic] = [:]
    /// What `${NAME}` is replaced by: the environment, and beneath it the file of variables.
    package var variables: [String: String] = [:]
    /// The file of variables, where it holds any.
    package var variablesFile: String?

    package init(values: [SettingKey: SettingValue], unreadable: [SettingKey: SettingDiagnostic] = [:]) {
        self.values = values
        self.unreadable = unreadable
    }

    /// The value in force; the setting's default where there is none.
    package subscript<Value>(_ setting: Setting<Value>) -> Value {
        assert(SettingKey.named(setting.key.name) != nil, "SettingKey.all lacks it, so nobody can give it a value")
        return values[setting].flatMap { Value(setting: $0.text) } ?? setting.fallback
    }

    /// Whether a layer above the defaults gives it a value.
    package func isGiven<Value>(_ setting: Setting<Value>) -> Bool {
        values[setting].map { $0.origin != .default } ?? false
    }

    /// The text of the setting that a mapping names; nil where it has no value, or no setting has that name.
    package func text(named name: String) -> String? { SettingKey.named(name).flatMap { values[$0]?.text } }

    /// What must not begin.
    package var stops: SettingStops { unreadable.keys.reduce(into: []) { $0.formUnion($1.stops) } }

    /// Why not, one line each.
    package func reasons(for stop: SettingStops) -> [String] {
        unreadable.filter { $0.key.stops.contains(stop) }.sorted { $0.key.name < $1.key.name }.map(\.value.description)
    }
}
