internal import Contracts
internal import Mappings

/// What a setting's value must be, alone and together with the others.
package enum SettingRules {
    /// What a verb cannot do without.
    package enum Need: Sendable {
        /// The queue to consume from.
        case consumer
        /// A broker.
        case broker
        /// The store.
        case store
    }

    /// Bytes of the shortest token that opens the console.
    private static let leastTokenBytes = 16

    /// The rule that asks for a queue: as long as the collection has not been read, it may still come from there.
    package static let endpointMissing = "endpoint-missing"

    /// The errors of a value by itself.
    package static func check(_ value: SettingValue, of key: SettingKey) -> [SettingDiagnostic] {
        problem(with: value, of: key).map { [SettingDiagnostic(at: value.origin, rule: $0.rule, $0.message)] } ?? []
    }

    private static func problem(with value: SettingValue, of key: SettingKey) -> (rule: String, message: String)? {
        let text = value.text
        func expected(_ what: String, _ rule: String = "setting-type") -> (rule: String, message: String) {
            let shown = key.mayHoldSecret ? "" : ", found '\(value.shown(as: key).prefix(80))'"
            return (rule, "\(key.name): expected \(what)\(shown)")
        }
        let absent = expected("a value; leave the key out for the default", "setting-empty")
        switch key.kind {
        case .bool: return Bool(setting: text) == nil ? expected("true or false") : nil
        case .integer(let range):
            let isThere = Int(text).map { range.contains($0) } ?? false
            return isThere ? nil : expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
        case .duration(let least):
            return problem(of: key) { () throws(ScheduleError) in _ = try Schedule.milliseconds(text, from: least) }
        case .timeZone:
            return problem(of: key) { () throws(ScheduleError) in
                _ = try Schedule.parse(cron: "@daily", zone: text)
            }
        case .choice(let words):
            return words.contains(text) ? nil : expected("one of \(words.joined(separator: ", "))")
        case .text: return text.isEmpty ? absent : nil
        case .queueName:
            let isName = !text.isEmpty && text.utf8.count <= 255
            return isName ? nil : expected("the name of a queue, 1 to 255 bytes", "endpoint-name")
        case .host:
            if text.isEmpty { return absent }
            // Not quoted: it may be all of a URI, with its password.
            return isHost(text)
                ? nil : ("host", "\(key.name): expected the name or address of a host, and nothing else of a URI")
        case .databaseName:
            if text.isEmpty { return absent }
            return DatabaseName.isValid(text) ? nil : expected(DatabaseName.rule, "database-name")
        case .secret, .token:
            if text.isEmpty { return expected("a value; leave it out where there is none", "setting-empty") }
            guard key.kind == .token, text.utf8.count < leastTokenBytes else { return nil }
            return expected(
                "a token of \(leastTokenBytes) bytes or more; 'openssl rand -hex 32' makes one", "console-token"
            )
        case .list:
            if text == SettingValue.emptyList { return nil }
            if text.isEmpty {
                return expected("words with commas, or \(SettingValue.emptyList) for none of them", "setting-empty")
            }
            let words = text.split(separator: ",", omittingEmptySubsequences: false)
            let isWrong = words.contains { $0.allSatisfy(\.isWhitespace) || $0.contains(SettingValue.emptyList) }
            return isWrong ? expected("a word before and after each comma") : nil
        case .brokerURI: return BrokerSettings.problem(with: text).map { ("uri", "\(key.name): \($0)") }
        case .storeURI:
            guard text.hasPrefix("mongodb://") || text.hasPrefix("mongodb+srv://") else {
                return ("uri", "\(key.name): expected mongodb://host:port/ or mongodb+srv://host/")
            }
            return StoreAddress.problem(with: text).map { ("uri", "\(key.name): \($0)") }
        }
    }

    private static func problem(
        of key: SettingKey, _ parse: () throws(ScheduleError) -> Void
    ) -> (rule: String, message: String)? {
        do throws(ScheduleError) {
            try parse()
            return nil
        } catch {
            return ("setting-type", "\(key.name): \(error.message)")
        }
    }

    private static func isHost(_ text: String) -> Bool {
        // One colon is a port; an IPv6 address has more of them.
        !text.contains { "/@?#".contains($0) || $0.isWhitespace } && text.count { $0 == ":" } != 1
    }

    /// Keys that exclude each other and are all given.
    package struct Conflict {
        package let keys: [SettingKey]
        package let mistake: SettingDiagnostic
    }

    package static func conflicts(_ values: [SettingKey: SettingValue]) -> [Conflict] {
        [SettingKey.consumer, SettingKey.producer].compactMap { broker in
            guard let uri = values[broker.uri] else { return nil }
            let parts = broker.parts.filter { values[$0].map { $0.origin != .default } ?? false }
            guard !parts.isEmpty else { return nil }
            let places = parts.compactMap { key in values[key].map { "\(key.name) (\($0.origin))" } }
            return Conflict(
                keys: [broker.uri] + parts,
                mistake: SettingDiagnostic(
                    at: uri.origin, rule: "uri-or-parts",
                    "\(broker.uri.name) excludes \(places.joined(separator: ", ")); keep the uri or the parts, not both"
                ))
        }
    }

    /// A console that other machines reach must ask who is there.
    private static func openConsole(_ values: [SettingKey: SettingValue]) -> SettingDiagnostic? {
        guard let host = values[.consoleHost], !LoopbackHost.contains(host.text),
            values[.consoleOperatorToken] == nil, values[.consoleViewerToken] == nil
        else { return nil }
        return SettingDiagnostic(
            at: host.origin, rule: "console-token",
            "console.host: '\(host.text)' can be reached from other machines, and the console has no token; set"
                + " CONSOLE_OPERATOR_TOKEN (or CONSOLE_OPERATOR_TOKEN_FILE), and CONSOLE_VIEWER_TOKEN for those who only"
                + " look, or listen on 127.0.0.1")
    }

    /// A viewer's token must not make its holder an operator.
    private static func oneToken(_ values: [SettingKey: SettingValue]) -> SettingDiagnostic? {
        guard let viewer = values[.consoleViewerToken], viewer.text == values[.consoleOperatorToken]?.text else {
            return nil
        }
        return SettingDiagnostic(
            at: viewer.origin, rule: "console-token",
            "console.viewerToken: it is the same as console.operatorToken, so viewers could change things; give"
                + " another one")
    }

    package static func crossCheck(_ values: [SettingKey: SettingValue], needing needs: Set<Need>)
        -> [SettingDiagnostic]
    {
        var mistakes = conflicts(values).map(\.mistake)
        if needs.contains(.consumer), let mistake = openConsole(values) { mistakes.append(mistake) }
        if let mistake = oneToken(values) { mistakes.append(mistake) }
        mistakes += NamedSettings.listeners.listenerMistakes(values)
        mistakes += NamedSettings.access.accessMistakes(values)
        let settings = Settings(values: values)
        // With mappings, each names its queue, and is checked where it does.
        if needs.contains(.consumer), settings[.rabbitMQEnabled], settings[.mappingsDirectory] == nil,
            settings[.rabbitMQEndpointName] == nil
        {
            mistakes.append(
                SettingDiagnostic(
                    at: nil, rule: endpointMissing,
                    "rabbitMQ.endpointName: not set; name the queue that catalog messages come from, for example"
                        + " RABBITMQ_ENDPOINT_NAME=promo.catalog"))
        }
        return mistakes
    }
}
