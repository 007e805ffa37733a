/// A listener of HTTP requests, as the settings name it.
package struct ListenerSettings: Sendable, Equatable {
    /// The files of its certificate.
    package struct TLS: Sendable, Equatable {
        package var certificateFile: String
        package var keyFile: String
    }

    package let name: String
    package let host: String
    package let port: Int
    /// Nil for HTTP without TLS.
    package var tls: TLS?
}

extension NamedSettings {
    private static let localHost = "127.0.0.1"
    private static let (certificateFile, keyFile) = ("tls.certificateFile", "tls.keyFile")

    /// `http.listeners.NAME`.
    static let listeners = NamedSettings(
        group: "http.listeners",
        parts: [
            Part(
                name: "port", kind: .integer(0...65535),
                help: "port of the HTTP listener NAME; 0 for any free one, which is logged"),
            Part(name: "host", kind: .host, fallback: localHost, help: "address of the HTTP listener NAME"),
            Part(
                name: certificateFile, kind: .text,
                help:
                    "PEM file with the certificate of the HTTP listener NAME and those that signed it: it then speaks TLS."
                    + " The file may change"),
            Part(
                name: keyFile, kind: .text,
                help: "PEM file with the private key of that certificate, without a password; may be the same file"),
        ])

    /// The listeners, by name.
    func listeners(_ values: [SettingKey: SettingValue]) -> [ListenerSettings] {
        names(values).compactMap { name in
            func text(_ part: String) -> String? { values[key(name, part)]?.text }
            guard let port = text("port").flatMap({ Int($0) }) else { return nil }
            var listener = ListenerSettings(name: name, host: text("host") ?? Self.localHost, port: port)
            if let certificate = text(Self.certificateFile), let key = text(Self.keyFile) {
                listener.tls = ListenerSettings.TLS(certificateFile: certificate, keyFile: key)
            }
            return listener
        }
    }

    /// Settings of listeners that contradict each other.
    func listenerMistakes(_ values: [SettingKey: SettingValue]) -> [SettingDiagnostic] {
        var mistakes: [SettingDiagnostic] = []
        for name in names(values) {
            let given = parts.compactMap { values[key(name, $0.name)] }
            if values[key(name, "port")] == nil {
                mistakes.append(
                    SettingDiagnostic(
                        at: given.first?.origin, rule: "listener",
                        "the listener '\(name)' has no port; give it http.listeners.\(name).port"))
            }
            let files = [Self.certificateFile, Self.keyFile].map { (part: $0, value: values[key(name, $0)]) }
            if let only = files.first(where: { $0.value != nil }), let other = files.first(where: { $0.value == nil }) {
                mistakes.append(
                    SettingDiagnostic(
                        at: only.value?.origin, rule: "listener",
                        "the listener '\(name)' has \(only.part) without \(other.part); give it"
                            + " http.listeners.\(name).\(other.part), which may name the same file"))
            }
        }
        var taken: [(port: Int, host: String, what: String)] = []
        if let port = values[.consolePort].flatMap({ Int($0.text) }) {
            taken.append((port, values[.consoleHost]?.text ?? Self.localHost, "the console (console.port)"))
        }
        for listener in listeners(values) where listener.port != 0 {
            let (host, port) = (listener.host, listener.port)
            if let other = taken.first(where: {
                $0.port == port && ($0.host == host || Self.isAny(host) || Self.isAny($0.host))
            }) {
                mistakes.append(
                    SettingDiagnostic(
                        at: values[key(listener.name, "port")]?.origin, rule: "listener",
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
    package var listeners: [ListenerSettings] { NamedSettings.listeners.listeners(values) }
}
