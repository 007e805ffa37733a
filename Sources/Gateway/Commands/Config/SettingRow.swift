internal import Documents

/// One setting for people and programs.
struct SettingRow {
    let key: SettingKey
    /// What the collection says.
    let stored: SettingValue?
    /// What counts.
    let inForce: SettingValue?

    var line: String { inForce == nil ? "\(key.name) is not set" : "\(key.name) = \(value)  (\(origin))" }

    /// The value in force.
    var value: String { inForce.map(shown) ?? "" }

    /// Where it comes from, and what it overrides.
    var origin: String {
        guard let inForce else { return "not set" }
        guard let stored, !inForce.origin.isCollection else { return Terminal.visible("\(inForce.origin)") }
        return Terminal.visible("\(inForce.origin), overrides \(stored.origin): ") + shown(stored)
    }

    private func shown(_ value: SettingValue) -> String {
        value.text.isEmpty ? "(empty)" : Terminal.visible(value.shown(as: key))
    }

    var json: String {
        var object = JSONObjectText()
        object.add("key", key.name)
        object.add("value", inForce?.shown(as: key))
        object.add("origin", inForce.map { "\($0.origin)" })
        object.add("stored", stored?.shown(as: key))
        object.add("overridden", stored != nil && inForce?.origin.isCollection == false)
        object.add("live", key.isLive)
        return object.text
    }
}
