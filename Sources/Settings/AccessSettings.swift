/// Callers of requests, as the settings name them: those with a token of a file, and those with a signed one (JWT).
package struct AccessSettings: Sendable, Equatable {
    package let name: String
    package var tokensFile: String?
    package var jwtKeyFile: String?
    /// `iss` of a JWT.
    package var issuer: String?
    /// `aud` of a JWT.
    package var audience: String?
}

extension NamedSettings {
    private static let (tokensFile, jwtKeyFile) = ("tokensFile", "jwtKeyFile")

    /// `http.access.NAME`.
    static let access = NamedSettings(
        group: "http.access",
        parts: [
            Part(
                name: tokensFile, kind: .text,
                help:
                    "file with the tokens of the callers NAME, which 'access' of a route admits: a line 'caller token' each."
                    + " The file may change"),
            Part(
                name: jwtKeyFile, kind: .text,
                help:
                    "file with the keys of signed tokens (JWT) of the callers NAME: a public key in PEM, a JWK or a set of"
                    + " them, or a shared secret. The file may change"),
            Part(name: "issuer", kind: .text, help: "issuer (iss) that a JWT of the callers NAME must have"),
            Part(
                name: "audience", kind: .text,
                help:
                    "audience (aud) that a JWT of the callers NAME must be for; without it, one for any audience is refused"
            ),
        ])

    /// The groups of callers, by name.
    func access(_ values: [SettingKey: SettingValue]) -> [AccessSettings] {
        names(values).map { name in
            func text(_ part: String) -> String? { values[key(name, part)]?.text }
            return AccessSettings(
                name: name, tokensFile: text(Self.tokensFile), jwtKeyFile: text(Self.jwtKeyFile),
                issuer: text("issuer"), audience: text("audience"))
        }
    }

    /// Settings of access that admit nobody, or ask of nobody.
    func accessMistakes(_ values: [SettingKey: SettingValue]) -> [SettingDiagnostic] {
        access(values).compactMap { access in
            let name = "http.access.\(access.name)"
            let given = parts.compactMap { values[key(access.name, $0.name)] }.first
            guard access.jwtKeyFile == nil, access.tokensFile == nil || access.issuer ?? access.audience != nil else {
                return nil
            }
            return SettingDiagnostic(
                at: given?.origin, rule: "access",
                access.tokensFile == nil
                    ? "\(name) admits nobody; give it \(name).\(Self.tokensFile) or \(name).\(Self.jwtKeyFile)"
                    : "\(name): issuer and audience are of a JWT, and there is no \(name).\(Self.jwtKeyFile); give it, or leave"
                        + " them out")
        }
    }
}

extension Settings {
    /// Callers of requests, by name.
    package var access: [AccessSettings] { NamedSettings.access.access(values) }
}
