internal import JSON
internal import Output
package import Settings

/// One setting for people and programs.
package struct SettingRow {
    package let key: SettingKey
    /// What the collection says.
    package let stored: SettingValue?
    /// What counts.
    package let inForce: SettingValue?

    package var line: String { inForce == nil ? "\(key.name) is not set" : "\(key.name) = \(value)  (\(origin))" }

    /// The value in force.
    package var value: String { inForce.map(shown) ?? "" }

    /// Where it comes from, and what it overrides.
    package var origin: String {
        guard let inForce else { return "not set" }
        guard let stored, !inForce.origin.isCollection else { return Terminal.visible("\(inForce.origin)") }
        return Terminal.visible("\(inForce.origin), overrides \(stored.origin): ") + shown(stored)
    }

    private func shown(_ value: SettingValue) -> String {
        value.text.isEmpty ? "(empty)" : Terminal.visible(value.shown(as: key))
    }

    package var json: String {
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
