/// A value given to a setting, and by whom, so that a mistake can be told with its place.
struct SettingValue: Sendable, Equatable {
    enum Origin: Sendable, Equatable, CustomStringConvertible {
        case `default`
        case file(String, line: Int, column: Int)
        /// A document of the collection `configuration`, by its `_id`.
        case collection(id: String)
        case environment(String)
        case commandLine(String)

        var description: String {
            switch self {
            case .default: "default"
            case .file(let path, let line, let column): "\(path):\(line):\(column)"
            case .collection(let id): "configuration '\(id)'"
            case .environment(let name): "environment \(name)"
            case .commandLine(let option): "option \(option)"
            }
        }
    }

    let text: String
    let origin: Origin

    /// The value as a person may see it: no password, nor any part of a URI that could be one.
    func shown(as key: SettingKey) -> String {
        switch key.kind {
        case .secret: return "***"
        case .uri:
            let address = text.prefix { $0 != "?" }
            let query = address.count < text.count ? "?***" : ""
            guard let scheme = address.firstRange(of: "://") else { return "***" }
            // Up to the last one in all of the text: a password may hold an @, a / or a ? that nobody has encoded.
            guard let at = text.lastIndex(of: "@") else { return address + query }
            let rest = text[text.index(after: at)...].prefix { $0 != "?" }
            return address[..<scheme.upperBound] + "***@" + rest + (text.contains("?") ? "?***" : "")
        default: return text
        }
    }
}

extension SettingValue.Origin {
    var isCollection: Bool { if case .collection = self { true } else { false } }
    /// Whether a value of the collection would count more.
    var isBelowCollection: Bool {
        switch self {
        case .default, .file: true
        case .collection, .environment, .commandLine: false
        }
    }
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
