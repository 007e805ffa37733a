/// `${VAR}`, `${VAR:-default}` and `${VAR:?message}` in a string value, after the YAML was parsed.
package enum Interpolation {
    package struct Failure: Error, Equatable {
        package let message: String
    }

    /// `$$` stands for `$`.
    package static func expand(_ text: String, environment: [String: String]) -> Result<String, Failure> {
        expand(text, environment: environment) { $0.hasPrefix("$") }
    }

    /// For texts in which a dollar sign has a meaning of its own: `$${` stands for `${`, and every other `$` for itself.
    package static func expandReferences(
        _ text: String, environment: [String: String]
    ) -> Result<String, Failure> {
        expand(text, environment: environment) { $0.hasPrefix("${") }
    }

    /// `isEscape`: whether a dollar sign with this behind it stands for the one behind it.
    private static func expand(
        _ text: String, environment: [String: String], isEscape: (Substring) -> Bool
    ) -> Result<String, Failure> {
        guard text.contains("$") else { return .success(text) }
        var out = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            out += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if isEscape(rest) {
                out += "$"
                rest = rest.dropFirst()
                continue
            }
            guard rest.first == "{" else {
                out += "$"
                continue
            }
            guard let close = rest.firstIndex(of: "}") else {
                return .failure(Failure(message: "'${' without '}'; write ${NAME}, or $${ for '${'"))
            }
            let inside = rest[rest.index(after: rest.startIndex)..<close]
            rest = rest[rest.index(after: close)...]
            switch value(of: String(inside), environment: environment) {
            case .success(let value): out += value
            case .failure(let error): return .failure(error)
            }
        }
        return .success(out + rest)
    }

    /// What to say of a text that may hold a secret, where it cannot be expanded: a `${…}` in it may be a piece of that, and
    /// is not quoted. Nil where the text is nothing but a variable.
    package static func words(for text: String) -> String? {
        guard !(text.hasPrefix("${") && text.hasSuffix("}") && text.firstIndex(of: "}") == text.indices.last) else {
            return nil
        }
        return
            "it holds a '${' that cannot be replaced: set the variable that is named there, or write $$ for a dollar sign"
    }

    private static func value(of inside: String, environment: [String: String]) -> Result<String, Failure> {
        let name = String(inside.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        let tail = inside.dropFirst(name.count)
        guard !name.isEmpty else { return .failure(Failure(message: "'${\(inside)}' names no variable")) }
        let given = environment[name]
        if tail.isEmpty {
            if let given { return .success(given) }
            return .failure(
                Failure(message: "environment variable \(name) is not set; set it, or write ${\(name):-default}"))
        }
        if tail.hasPrefix(":-") { return .success(given?.isEmpty == false ? given ?? "" : String(tail.dropFirst(2))) }
        if tail.hasPrefix(":?") {
            if let given, !given.isEmpty { return .success(given) }
            let message = tail.dropFirst(2)
            return .failure(
                Failure(message: message.isEmpty ? "environment variable \(name) is not set" : String(message)))
        }
        return .failure(
            Failure(message: "'${\(inside)}' is not understood; write ${NAME}, ${NAME:-default} or ${NAME:?message}"))
    }
}
