internal import Records

/// A setting's value on its way into the collection.
enum StoredValue {
    /// Why this setting cannot be given there; nil where it can.
    static func problem(with key: SettingKey) -> String? {
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

    /// What is wrong with the value, without showing a secret; nil where nothing is.
    static func problem(with text: String, of key: SettingKey) -> String? {
        if text.isEmpty {
            let none = key.kind == .list ? ", or \(SettingValue.emptyList) for none of them" : ""
            return "\(key.name): expected a value\(none); 'gateway config unset \(key.name)' takes it out"
        }
        return SettingRules.check(SettingValue(text: text, origin: .commandLine("value")), of: key).first?.message
    }

    static func filter(_ key: SettingKey) -> [UInt8] {
        var filter: [UInt8] = []
        filter.appendDocument { $0.append("_id", string: key.name) }
        return filter
    }

    /// `{value: …}`, typed as a console would write it.
    static func fields(_ text: String, of key: SettingKey) -> [UInt8] {
        var fields: [UInt8] = []
        fields.appendDocument { fields in
            switch key.kind {
            case .bool: fields.append("value", bool: Settings.bool(text) ?? false)
            case .integer: fields.append("value", int64: Int64(text) ?? 0)
            case .list:
                let words = Settings(values: [key.name: SettingValue(text: text, origin: .default)]).list(key.name)
                fields.append(
                    "value",
                    array: { array in
                        for (index, word) in words.enumerated() {
                            var word = word
                            BSONWriter.withIndexName(index) { name in word.withUTF8 { array.append(name, string: $0) } }
                        }
                    })
            case .text, .secret, .uri, .choice, .duration, .timeZone: fields.append("value", string: text)
            }
        }
        return fields
    }
}
