/// A value given to a setting, and its origin, so that an error can be reported with its place.
package struct SettingValue: Sendable, Equatable {
    package enum Origin: Sendable, Equatable, CustomStringConvertible {
        case `default`
        case file(String, line: Int, column: Int)
        /// A document of the collection `configuration`, by its `_id`.
        case collection(id: String)
        case environment(String)
        /// A line of a file of variables (`.env`), which counts as the environment does.
        case variable(file: String, line: Int, column: Int)
        case commandLine(String)

        package var description: String {
            switch self {
            case .default: "default"
            case .file(let path, let line, let column), .variable(let path, let line, let column):
                "\(path):\(line):\(column)"
            case .collection(let id): "configuration '\(id)'"
            case .environment(let name): "environment \(name)"
            case .commandLine(let option): "option \(option)"
            }
        }
    }

    /// How a list without a word is written where it cannot be one: an empty text is nothing given.
    package static let emptyList = "[]"

    package let text: String
    package let origin: Origin

    package init(text: String, origin: Origin) {
        self.text = text
        self.origin = origin
    }

    /// The value for display: without password, nor any part of a URI that could be one.
    package func shown(as key: SettingKey) -> String {
        if key.isSecret { return "***" }
        if key.kind.isURI {
            return SettingRules.check(self, of: key).isEmpty ? Self.withoutCredentials(text) : "***"
        }
        // A connection string in the wrong place.
        return key.kind.isFreeText && text.contains("://") ? "***" : text
    }

    /// `text`: a URI whose user and password can be delimited.
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
    package var isCollection: Bool { if case .collection = self { true } else { false } }
    /// Whether a value of the collection would count more.
    package var isBelowCollection: Bool {
        switch self {
        case .default, .file: true
        case .collection, .environment, .variable, .commandLine: false
        }
    }
}

/// Something wrong with the settings: where, what, and what to write instead.
package struct SettingDiagnostic: Sendable, Equatable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        case error, hint
    }

    package let severity: Severity
    package let origin: SettingValue.Origin?
    /// For machines; stays the same when the words change.
    package let rule: String
    package let message: String

    package init(_ severity: Severity = .error, at origin: SettingValue.Origin?, rule: String, _ message: String) {
        self.severity = severity
        self.origin = origin
        self.rule = rule
        self.message = message
    }

    package var description: String {
        let place = origin.map { "\($0): " } ?? ""
        return place + (severity == .hint ? "hint: " : "") + message
    }
}
