package import Logging
internal import Mappings

/// What a setting's value may be once it is read.
package protocol SettingType: Sendable {
    /// Nil where the text is no such value; ``SettingRules`` says why not.
    init?(setting text: String)
}

extension String: SettingType {
    package init(setting text: String) { self = text }
}

extension Bool: SettingType {
    package init?(setting text: String) {
        switch text.lowercased() {
        case "true", "yes", "on", "1": self = true
        case "false", "no", "off", "0": self = false
        default: return nil
        }
    }
}

extension Int: SettingType {
    package init?(setting text: String) { self.init(text) }
}

/// Words separated by commas; `[]` for none.
extension [String]: SettingType {
    package init(setting text: String) {
        self = text.split(separator: ",").map { $0.trimming(while: { $0 == " " }) }
            .filter { !$0.isEmpty && $0 != SettingValue.emptyList }
    }
}

extension Duration: SettingType {
    package init?(setting text: String) {
        guard let milliseconds = try? Schedule.milliseconds(text) else { return nil }
        self = .milliseconds(milliseconds)
    }
}

extension Logger.Level: SettingType {
    package init?(setting text: String) { self.init(rawValue: text) }
}

/// A setting that may be without a value.
extension Optional: SettingType where Wrapped: SettingType {
    package init?(setting text: String) {
        guard let value = Wrapped(setting: text) else { return nil }
        self = .some(value)
    }
}

extension Substring {
    fileprivate func trimming(while predicate: (Character) -> Bool) -> String {
        let front = drop(while: predicate)
        let back = front.reversed().drop(while: predicate)
        return String(back.reversed())
    }
}
