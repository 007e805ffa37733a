internal import Mappings

/// A listener of HTTP requests, as the settings name it.
package struct ListenerSettings: Sendable, Equatable {
    package let name: String
    package let host: String
    package let port: Int
}

/// `http.listeners.NAME.port` and `.host`: settings of any number of listeners, each with a name of its own.
extension SettingKey {
    private static let listenerGroup = ["http", "listeners"]
    private static let listenerHost = "127.0.0.1"

    private enum ListenerPart: String, CaseIterable {
        case port, host
    }

    /// Those of a listener named `name`, for lists of settings.
    package static let ofAnyListener = ListenerPart.allCases.map { key("name", $0) }

    /// The setting of a listener with this name; nil for any other name.
    static func ofListener(_ name: String) -> SettingKey? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.prefix(2).elementsEqual(listenerGroup[...].map { $0[...] }),
            HTTPEndpoint.isListener(parts[2]),
            let part = ListenerPart(rawValue: String(parts[3]))
        else { return nil }
        return key(String(parts[2]), part)
    }

    /// Whether settings of listeners have names that begin with this one and a dot.
    static func isListenerGroup(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { return false }
        return zip(parts, listenerGroup).allSatisfy { $0 == $1 }
            && (parts.count < 3 || HTTPEndpoint.isListener(parts[2]))
    }

    /// The words that may follow such a name.
    static func listenerWords(after name: String) -> [String] {
        switch name.split(separator: ".").count {
        case 0: ["http"]
        case 1: name == "http" ? ["listeners"] : []
        case 3: isListenerGroup(name) ? ListenerPart.allCases.map(\.rawValue) : []
        default: []
        }
    }

    /// Those that environment variables give a value: `HTTP_LISTENERS_API_PORT`.
    static func ofListeners(in environment: [String: String]) -> [SettingKey] {
        let prefix = "HTTP_LISTENERS_"
        return environment.keys.sorted().compactMap { variable in
            let variable = variable.hasSuffix("_FILE") ? String(variable.dropLast(5)) : variable
            guard variable.hasPrefix(prefix), let end = variable.lastIndex(of: "_") else { return nil }
            let name = variable[..<end].dropFirst(prefix.count).lowercased()
            let part = variable[variable.index(after: end)...].lowercased()
            return ofListener((listenerGroup + [name, part]).joined(separator: "."))
        }
    }

    private static func key(_ listener: String, _ part: ListenerPart) -> SettingKey {
        let name = (listenerGroup + [listener, part.rawValue]).joined(separator: ".")
        return switch part {
        case .port:
            SettingKey(
                name: name, kind: .integer(0...65535), fallback: nil, reach: .start, stops: [], isGuard: false,
                help: "port of the HTTP listener '\(listener)'; 0 for any free one, which is logged")
        case .host:
            SettingKey(
                name: name, kind: .host, fallback: listenerHost, reach: .start, stops: [], isGuard: false,
                help: "address of the HTTP listener '\(listener)'")
        }
    }

    // MARK: Together

    /// The listeners, by name.
    static func listeners(_ values: [SettingKey: SettingValue]) -> [ListenerSettings] {
        names(values).compactMap { name in
            guard let port = values[key(name, .port)].flatMap({ Int($0.text) }) else { return nil }
            return ListenerSettings(name: name, host: values[key(name, .host)]?.text ?? listenerHost, port: port)
        }
    }

    private static func names(_ values: [SettingKey: SettingValue]) -> [String] {
        let all = values.keys.compactMap { key in
            ofListener(key.name) == nil ? nil : key.name.split(separator: ".").dropFirst(2).first.map { String($0) }
        }
        return Set(all).sorted()
    }

    /// Settings of listeners that contradict each other.
    static func listenerMistakes(_ values: [SettingKey: SettingValue]) -> [SettingDiagnostic] {
        var mistakes: [SettingDiagnostic] = []
        for name in names(values) where values[key(name, .port)] == nil {
            mistakes.append(
                SettingDiagnostic(
                    at: values[key(name, .host)]?.origin, rule: "listener",
                    "the listener '\(name)' has no port; give it http.listeners.\(name).port"))
        }
        var taken: [(port: Int, host: String, what: String)] = []
        if let port = values[.consolePort].flatMap({ Int($0.text) }) {
            taken.append((port, values[.consoleHost]?.text ?? listenerHost, "the console (console.port)"))
        }
        for listener in listeners(values) where listener.port != 0 {
            let (host, port) = (listener.host, listener.port)
            if let other = taken.first(where: { $0.port == port && ($0.host == host || isAny(host) || isAny($0.host)) })
            {
                mistakes.append(
                    SettingDiagnostic(
                        at: values[key(listener.name, .port)]?.origin, rule: "listener",
                        "http.listeners.\(listener.name).port: \(other.what) has the port \(port) already; choose another"
                    ))
            }
            taken.append((port, host, "the listener '\(listener.name)'"))
        }
        return mistakes
    }

    /// Whether it stands for all addresses of the machine.
    private static func isAny(_ host: String) -> Bool { ["0.0.0.0", "::"].contains(host) }
}

extension Settings {
    /// The listeners of HTTP requests, by name.
    package var listeners: [ListenerSettings] { SettingKey.listeners(values) }

    /// Every setting, and those of listeners that have a value.
    package var keys: [SettingKey] { SettingKey.all + SettingKey.further(values) }
}

extension SettingKey {
    /// Those with a value that ``all`` does not list, by name.
    static func further(_ values: [SettingKey: SettingValue]) -> [SettingKey] {
        values.keys.filter { ofListener($0.name) != nil }.sorted { $0.name < $1.name }
    }
}
