internal import ArgumentParser
internal import JSON

/// Looks for verbs that do not exist before the command line is parsed, whose errors suggest none.
enum VerbNames {
    /// The verb that does not exist, and the nearest one; nil if all verbs exist. `arguments`: without the program's name.
    static func problem(in arguments: [String]) -> String? {
        problem(arguments[...], of: GatewayCommand.self, path: [])
    }

    private static func problem(
        _ arguments: ArraySlice<String>, of command: any ParsableCommand.Type, path: [String]
    ) -> String? {
        let known = command.configuration.subcommands
        guard !known.isEmpty, let word = arguments.first, !word.hasPrefix("-") else { return nil }
        if path.isEmpty, word == "help" { return problem(arguments.dropFirst(), of: command, path: path) }
        if let next = known.first(where: { names(of: $0).contains(word) }) {
            return problem(arguments.dropFirst(), of: next, path: path + [word])
        }
        let all = known.flatMap { names(of: $0) }
        let whole = (["gateway"] + path).joined(separator: " ")
        let hint =
            nearest(to: word, in: all, path: path).map { "did you mean '\($0)'?" }
            ?? "there are \(all.joined(separator: ", "))"
        return "'\(whole)' has no verb '\(word)'; \(hint)"
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        [command._commandName] + command.configuration.aliases
    }

    /// The nearest verb here, or one of the verbs below whose name it is: `gateway replay`.
    private static func nearest(to word: String, in names: [String], path: [String]) -> String? {
        let whole = (["gateway"] + path).joined(separator: " ")
        let longest = names.filter { $0.hasPrefix(word) || $0.hasSuffix("-" + word) }
        if let found = Spelling.nearest(to: word, in: names) ?? (longest.count == 1 ? longest[0] : nil) {
            return "\(whole) \(found)"
        }
        guard path.isEmpty else { return nil }
        let inner = GatewayCommand.configuration.subcommands.flatMap { parent in
            parent.configuration.subcommands.filter { Self.names(of: $0).contains(word) }.map {
                "gateway \(parent._commandName) \($0._commandName)"
            }
        }
        return inner.count == 1 ? inner[0] : nil
    }
}
