internal import Mappings

/// Settings of things that are any number of, each with a name of its own: `http.listeners.NAME.port`.
struct NamedSettings: Sendable {
    struct Part: Sendable {
        /// What follows the thing's name.
        let name: String
        let kind: SettingKey.Kind
        var fallback: String?
        /// `NAME` stands for the thing's name.
        let help: String
    }

    /// What goes before the thing's name.
    let group: String
    let parts: [Part]

    /// All such groups.
    static let all = [listeners, access]

    /// The setting `part` of the thing.
    func key(_ thing: some StringProtocol, _ part: String) -> SettingKey {
        guard let part = parts.first(where: { $0.name == part }) else { preconditionFailure("no setting \(part)") }
        return SettingKey(
            name: "\(group).\(thing).\(part.name)", kind: part.kind, fallback: part.fallback, reach: .start, stops: [],
            isGuard: false, help: part.help.replacing("NAME", with: "'\(thing)'"))
    }

    /// The thing, and what follows its name, in the name of a setting or of a group of them; nil for other names.
    private func read(_ name: String) -> (thing: Substring, rest: Substring)? {
        guard name.hasPrefix(group + ".") else { return nil }
        let words = name.dropFirst(group.utf8.count + 1)
        let thing = words.prefix { $0 != "." }
        guard HTTPEndpoint.isListener(thing) else { return nil }
        return (thing, words.dropFirst(thing.count + 1))
    }

    /// The setting with this name; nil for any other name.
    func key(named name: String) -> SettingKey? {
        guard let (thing, rest) = read(name), parts.contains(where: { $0.name == rest }) else { return nil }
        return key(thing, String(rest))
    }

    /// Whether settings have names that begin with this one and a dot.
    func isGroup(_ name: String) -> Bool {
        if name == group || group.hasPrefix(name + ".") { return true }
        guard let (thing, rest) = read(name), name.last != "." else { return false }
        return name == "\(group).\(thing)" || parts.contains { $0.name.hasPrefix(rest + ".") }
    }

    /// The words that may follow such a name.
    func words(after name: String) -> [String] {
        if name.isEmpty || group.hasPrefix(name + ".") {
            let rest = group.dropFirst(name.isEmpty ? 0 : name.count + 1)
            return [String(rest.prefix { $0 != "." })]
        }
        guard isGroup(name), let (_, rest) = read(name) else { return [] }
        return parts.filter { rest.isEmpty || $0.name.hasPrefix(rest + ".") }.map {
            String($0.name.dropFirst(rest.isEmpty ? 0 : rest.count + 1).prefix { $0 != "." })
        }
    }

    /// What all of its variables begin with: `HTTP_LISTENERS_`.
    var variablePrefix: String { SettingKey.environmentName(of: group) + "_" }

    /// The setting that an environment variable gives a value: `HTTP_LISTENERS_API_PORT`.
    func key(of variable: String) -> SettingKey? {
        guard variable.hasPrefix(variablePrefix) else { return nil }
        let words = variable.dropFirst(variablePrefix.count)
        let thing = words.prefix { $0 != "_" }
        guard thing == thing.uppercased(), HTTPEndpoint.isListener(thing.lowercased()) else { return nil }
        let rest = words.dropFirst(thing.count + 1)
        return parts.first { SettingKey.environmentName(of: $0.name) == rest }.map { key(thing.lowercased(), $0.name) }
    }

    /// The things of which settings have a value, by name.
    func names(_ values: [SettingKey: SettingValue]) -> [String] {
        Set(values.keys.compactMap { read($0.name).map { String($0.thing) } }).sorted()
    }
}

extension SettingKey {
    /// Those of a thing named `name`, for lists of settings.
    package static let ofAnyName = NamedSettings.all.flatMap { group in group.parts.map { group.key("name", $0.name) } }

    /// Such a setting with this name; nil for any other name.
    static func ofNamed(_ name: String) -> SettingKey? {
        NamedSettings.all.lazy.compactMap { $0.key(named: name) }.first
    }

    /// Whether such settings have names that begin with this one and a dot.
    static func isNamedGroup(_ name: String) -> Bool { NamedSettings.all.contains { $0.isGroup(name) } }

    /// The words that may follow such a name.
    static func namedWords(after name: String) -> [String] { NamedSettings.all.flatMap { $0.words(after: name) } }

    /// Those that environment variables give a value.
    static func ofNamed(in environment: [String: String]) -> [SettingKey] {
        environment.keys.sorted().compactMap { variable in
            NamedSettings.all.lazy.compactMap { group in
                group.key(of: variable)
                    ?? (variable.hasSuffix("_FILE") ? group.key(of: String(variable.dropLast(5))) : nil)
            }.first
        }
    }

    /// Those with a value that ``all`` does not list, by name.
    static func further(_ values: [SettingKey: SettingValue]) -> [SettingKey] {
        values.keys.filter { ofNamed($0.name) != nil }.sorted { $0.name < $1.name }
    }
}

extension Settings {
    /// Every setting, and those of named things that have a value.
    package var keys: [SettingKey] { SettingKey.all + SettingKey.further(values) }
}
