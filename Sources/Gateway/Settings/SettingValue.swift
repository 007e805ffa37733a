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

    /// How a list without a word is written where it cannot be one: an empty text is nothing given.
    static let emptyList = "[]"

    let text: String
    let origin: Origin

    /// The value as a person may see it: no password, nor any part of a URI that could be one.
    func shown(as key: SettingKey) -> String {
        switch key.kind {
        case .secret: return "***"
        case .uri:
            guard SettingRules.check(self, of: key).isEmpty else { return "***" }
            return Self.withoutCredentials(text)
        // A connection string in the wrong place.
        case .text where text.contains("://"): return "***"
        default: return text
        }
    }

    /// `text`: a URI in which user and password can be told from the rest.
    private static func withoutCredentials(_ text: String) -> String {
        let query = text.contains { "?#".contains($0) } ? "?***" : ""
        let address = text.prefix { !"?#".contains($0) }
        guard let scheme = address.firstRange(of: "://"), let at = address.lastIndex(of: "@") else {
            return address + query
        }
        return address[..<scheme.upperBound] + "***@" + address[address.index(after: at)...] + query
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
