/// A value given to a setting, and by whom, so that a mistake can be told with its place.
struct SettingValue: Sendable, Equatable {
    enum Origin: Sendable, Equatable, CustomStringConvertible {
        case `default`
        case file(String, line: Int, column: Int)
        case environment(String)
        case commandLine(String)

        var description: String {
            switch self {
            case .default: "default"
            case .file(let path, let line, let column): "\(path):\(line):\(column)"
            case .environment(let name): "environment \(name)"
            case .commandLine(let option): "option \(option)"
            }
        }
    }

    let text: String
    let origin: Origin
}

/// Something wrong with the settings: where, what, and what to write instead.
struct SettingMistake: Sendable, Equatable, CustomStringConvertible {
    enum Severity: String, Sendable {
        case error, hint
    }

    let severity: Severity
    let origin: SettingValue.Origin?
    /// For machines; stays the same when the words change.
    let rule: String
    let message: String

    init(_ severity: Severity = .error, at origin: SettingValue.Origin?, rule: String, _ message: String) {
        self.severity = severity
        self.origin = origin
        self.rule = rule
        self.message = message
    }

    var description: String {
        let place = origin.map { "\($0): " } ?? ""
        return place + (severity == .hint ? "hint: " : "") + message
    }
}
