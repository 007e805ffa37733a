internal import Console
internal import Mappings

/// What a setting's value must be, alone and together with the others.
enum SettingRules {
    /// What a verb cannot do without.
    enum Need: Sendable {
        /// The queue to consume from.
        case consumer
        /// A broker.
        case broker
        /// The store.
        case store
    }

    /// The rule that asks for a queue: as long as the collection has not been read, it may still come from there.
    static let endpointMissing = "endpoint-missing"

    static func check(_ value: SettingValue, of key: SettingKey) -> [SettingMistake] {
        func mistake(_ rule: String, _ expected: String) -> [SettingMistake] {
            let shown = key.mayHoldSecret ? "" : ", found '\(value.shown(as: key).prefix(80))'"
            return [SettingMistake(at: value.origin, rule: rule, "\(key.name): expected \(expected)\(shown)")]
        }
        switch key.kind {
        case .bool: return Settings.bool(value.text) == nil ? mistake("setting-type", "true or false") : []
        case .integer(let range):
            guard let number = Int(value.text), range.contains(number) else {
                return mistake("setting-type", "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return []
        case .duration:
            do throws(ScheduleMistake) {
                _ = try Schedule.seconds(value.text)
                return []
            } catch {
                return [SettingMistake(at: value.origin, rule: "setting-type", "\(key.name): \(error.message)")]
            }
        case .timeZone:
            do throws(ScheduleMistake) {
                _ = try Schedule.parse(cron: "@daily", zone: value.text)
                return []
            } catch {
                return [SettingMistake(at: value.origin, rule: "setting-type", "\(key.name): \(error.message)")]
            }
        case .choice(let words):
            guard words.contains(value.text) else {
                return mistake("setting-type", "one of \(words.joined(separator: ", "))")
            }
            return []
        case .text:
            if key.name.hasSuffix("endpointName"), value.text.isEmpty || value.text.utf8.count > 255 {
                return mistake("endpoint-name", "the name of a queue, 1 to 255 bytes")
            }
            if value.text.isEmpty { return mistake("setting-empty", "a value; leave the key out for the default") }
            if key.name.hasSuffix(".host"), !isHost(value.text) {
                // Not quoted: it may be all of a URI, with its password.
                return [
                    SettingMistake(
                        at: value.origin, rule: "host",
                        "\(key.name): expected the name or address of a host, and nothing else of a URI")
                ]
            }
            if key.name == "mongoDB.database", !isDatabaseName(value.text) {
                return mistake("database-name", "a database name of at most 63 bytes without / \\ . \" $ or spaces")
            }
            return []
        case .secret:
            if value.text.isEmpty { return mistake("setting-empty", "a value; leave it out where there is none") }
            if key.name.hasPrefix("console."), value.text.utf8.count < AccessTokens.leastBytes {
                return mistake(
                    "console-token",
                    "a token of \(AccessTokens.leastBytes) bytes or more; 'openssl rand -hex 32' makes one")
            }
            return []
        case .list:
            if value.text == SettingValue.emptyList { return [] }
            if value.text.isEmpty {
                return mistake("setting-empty", "words with commas, or \(SettingValue.emptyList) for none of them")
            }
            let words = value.text.split(separator: ",", omittingEmptySubsequences: false)
            if words.contains(where: { $0.allSatisfy(\.isWhitespace) || $0.contains(SettingValue.emptyList) }) {
                return mistake("setting-type", "a word before and after each comma")
            }
            return []
        case .uri: return checkURI(value, of: key)
        }
    }

    private static func isHost(_ text: String) -> Bool {
        // One colon is a port; an IPv6 address has more of them.
        !text.contains { "/@?#".contains($0) || $0.isWhitespace } && text.count { $0 == ":" } != 1
    }

    private static func isDatabaseName(_ name: String) -> Bool {
        name.utf8.count <= 63 && !name.contains { "/\\. \"$\0".contains($0) }
    }

    private static func checkURI(_ value: SettingValue, of key: SettingKey) -> [SettingMistake] {
        if key.name == "mongoDB.uri" {
            guard value.text.hasPrefix("mongodb://") || value.text.hasPrefix("mongodb+srv://") else {
                return [
                    SettingMistake(
                        at: value.origin, rule: "uri",
                        "\(key.name): expected mongodb://host:port/ or mongodb+srv://host/")
                ]
            }
            if let problem = StoreAddress.problem(with: value.text) {
                return [SettingMistake(at: value.origin, rule: "uri", "\(key.name): \(problem)")]
            }
            return []
        }
        if let problem = BrokerSettings.problem(with: value.text) {
            return [SettingMistake(at: value.origin, rule: "uri", "\(key.name): \(problem)")]
        }
        return []
    }

    /// Keys that exclude each other and are all given.
    struct Conflict {
        let names: [String]
        let mistake: SettingMistake
    }

    static func conflicts(_ values: [String: SettingValue]) -> [Conflict] {
        ["rabbitMQ", "rabbitMQ.producer"].compactMap { prefix in
            guard let uri = values[prefix + ".uri"] else { return nil }
            let parts = ["username", "password", "host", "virtualHost", "port"].map { prefix + "." + $0 }
                .filter { values[$0].map { $0.origin != .default } ?? false }
            guard !parts.isEmpty else { return nil }
            let places = parts.compactMap { name in values[name].map { "\(name) (\($0.origin))" } }
            return Conflict(
                names: [prefix + ".uri"] + parts,
                mistake: SettingMistake(
                    at: uri.origin, rule: "uri-or-parts",
                    "\(prefix).uri excludes \(places.joined(separator: ", ")); keep the uri or the parts, not both"))
        }
    }

    /// A console that other machines reach must ask who is there.
    private static func openConsole(_ values: [String: SettingValue]) -> SettingMistake? {
        guard let host = values["console.host"], !ConsoleServer.Address.isLoopback(host.text),
            values["console.operatorToken"] == nil, values["console.viewerToken"] == nil
        else { return nil }
        return SettingMistake(
            at: host.origin, rule: "console-token",
            "console.host: '\(host.text)' can be reached from other machines, and the console has no token; set"
                + " CONSOLE_OPERATOR_TOKEN (or CONSOLE_OPERATOR_TOKEN_FILE), and CONSOLE_VIEWER_TOKEN for those who only"
                + " look, or listen on 127.0.0.1")
    }

    /// Whoever has a viewer's token must not be an operator by it.
    private static func oneToken(_ values: [String: SettingValue]) -> SettingMistake? {
        guard let viewer = values["console.viewerToken"], viewer.text == values["console.operatorToken"]?.text else {
            return nil
        }
        return SettingMistake(
            at: viewer.origin, rule: "console-token",
            "console.viewerToken: it is the same as console.operatorToken, so whoever may look could change things; give"
                + " another one")
    }

    static func crossCheck(_ values: [String: SettingValue], needing needs: Set<Need>) -> [SettingMistake] {
        var mistakes = conflicts(values).map(\.mistake)
        if needs.contains(.consumer), let mistake = openConsole(values) { mistakes.append(mistake) }
        if let mistake = oneToken(values) { mistakes.append(mistake) }
        let enabled = values["rabbitMQ.enabled"].flatMap { Settings.bool($0.text) } ?? true
        // With mappings, each names its queue, and is checked where it does.
        let hasMappings = values["mappings.directory"] != nil
        if needs.contains(.consumer), enabled, !hasMappings, values["rabbitMQ.endpointName"] == nil {
            mistakes.append(
                SettingMistake(
                    at: nil, rule: endpointMissing,
                    "rabbitMQ.endpointName: not set; name the queue that catalog messages come from, for example"
                        + " RABBITMQ_ENDPOINT_NAME=promo.catalog"))
        }
        return mistakes
    }
}
