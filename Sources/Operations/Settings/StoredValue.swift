package import BSON
package import Settings

/// A setting's value on its way into the collection.
package enum StoredValue {
    /// Why this setting cannot be given there; nil where it can.
    package static func problem(with key: SettingKey) -> String? {
        switch key.reach {
        case .everywhere: nil
        case .machine:
            "\(key.name) is about the gateway's own machine, so it cannot come from the store; set it in the settings file"
                + " or with \(key.environmentName)"
        case .start:
            "\(key.name) is needed before the store can be read; set it in the settings file or with"
                + " \(key.environmentName), and start the gateway again"
        }
    }

    /// The error of the value, without showing a secret; nil where there is none.
    package static func problem(with text: String, of key: SettingKey) -> String? {
        if text.isEmpty {
            let none = key.kind == .list ? ", or \(SettingValue.emptyList) for none of them" : ""
            return "\(key.name): expected a value\(none); 'gateway config unset \(key.name)' takes it out"
        }
        return SettingRules.check(SettingValue(text: text, origin: .commandLine("value")), of: key).first?.message
    }

    package static func filter(_ key: SettingKey) -> BSONLiteral { ["_id": .value(key.name)] }

    /// `{value: …}`, typed as a console would write it.
    package static func fields(_ text: String, of key: SettingKey) -> BSONLiteral {
        switch key.kind {
        case .bool: return ["value": .bool(Bool(setting: text) ?? false)]
        case .integer: return ["value": .int64(Int64(text) ?? 0)]
        case .list: return ["value": .array([String](setting: text).map { .value($0) })]
        default: return ["value": .value(text)]
        }
    }
}
