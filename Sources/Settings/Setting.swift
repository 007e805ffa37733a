internal import Mappings

/// A setting as its readers know it: `settings[.lanes]` is an `Int`. Declared in Settings+Declared.swift, each once; a name
/// that is not there does not compile.
package struct Setting<Value: SettingType>: Sendable {
    package let key: SettingKey
    /// The default.
    package let fallback: Value

    /// A setting with a default, which is written as any value is. Ends the process where that is not of its type.
    package init(
        _ name: String, _ kind: SettingKey.Kind, default text: String, reach: SettingKey.Reach = .everywhere,
        stops: SettingStops = [], isGuard: Bool = false, _ help: String
    ) {
        guard let fallback = Value(setting: text) else { preconditionFailure("\(name): '\(text)' is not of its type") }
        self.fallback = fallback
        key = SettingKey(
            name: name, kind: kind, fallback: text, reach: reach, stops: stops, isGuard: isGuard, help: help)
    }

    /// A setting that may be without a value.
    package init<Given: SettingType>(
        _ name: String, _ kind: SettingKey.Kind, reach: SettingKey.Reach = .everywhere, stops: SettingStops = [],
        isGuard: Bool = false, _ help: String
    ) where Value == Given? {
        fallback = nil
        key = SettingKey(
            name: name, kind: kind, fallback: nil, reach: reach, stops: stops, isGuard: isGuard, help: help)
    }
}

extension Setting<[String]> {
    /// A list; empty by default.
    package init(
        list name: String, reach: SettingKey.Reach = .everywhere, stops: SettingStops = [], isGuard: Bool = false,
        _ help: String
    ) {
        fallback = []
        key = SettingKey(
            name: name, kind: .list, fallback: nil, reach: reach, stops: stops, isGuard: isGuard, help: help)
    }
}

extension Dictionary where Key == SettingKey {
    package subscript<Type>(_ setting: Setting<Type>) -> Value? { self[setting.key] }
}
