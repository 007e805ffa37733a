import Testing

@testable import Settings

/// `http.listeners.NAME.…` and `http.access.NAME.…`, of any number of names.
@Suite struct ListenerSettingsTests {
    private func read(_ environment: [String: String]) -> SettingsReader.Reading {
        SettingsReader(environment: environment).read()
    }

    @Test func `each listener is named by its settings`() {
        let reading = read([
            "HTTP_LISTENERS_API_PORT": "3333", "HTTP_LISTENERS_WEB2_PORT": "0", "HTTP_LISTENERS_WEB2_HOST": "::1",
        ])
        #expect(reading.mistakes.isEmpty, "\(reading.mistakes)")
        #expect(
            reading.settings.listeners == [
                ListenerSettings(name: "api", host: "127.0.0.1", port: 3333),
                ListenerSettings(name: "web2", host: "::1", port: 0),
            ])
        #expect(reading.settings.text(named: "http.listeners.api.port") == "3333")
        #expect(
            reading.settings.keys.map(\.name).suffix(3) == [
                "http.listeners.api.port", "http.listeners.web2.host", "http.listeners.web2.port",
            ])
    }

    @Test func `files of listeners and of callers are named by their settings`() {
        let reading = read([
            "HTTP_LISTENERS_API_PORT": "3333", "HTTP_LISTENERS_API_TLS_CERTIFICATE_FILE": "cert.pem",
            "HTTP_LISTENERS_API_TLS_KEY_FILE": "key.pem", "HTTP_ACCESS_SHOP_TOKENS_FILE": "tokens",
            "HTTP_ACCESS_IDP2_JWT_KEY_FILE": "jwks.json", "HTTP_ACCESS_IDP2_ISSUER": "https://idp.example",
        ])
        #expect(reading.mistakes.isEmpty, "\(reading.mistakes)")
        #expect(reading.settings.listeners.map(\.tls) == [.init(certificateFile: "cert.pem", keyFile: "key.pem")])
        #expect(
            reading.settings.access == [
                AccessSettings(name: "idp2", jwtKeyFile: "jwks.json", issuer: "https://idp.example"),
                AccessSettings(name: "shop", tokensFile: "tokens"),
            ])
    }

    @Test(
        "what cannot be is a mistake",
        arguments: [
            ["HTTP_LISTENERS_API_PORT": "3333", "HTTP_LISTENERS_API_TLS_CERTIFICATE_FILE": "cert.pem"],
            ["HTTP_LISTENERS_API_PORT": "3333", "HTTP_LISTENERS_API_TLS_KEY_FILE": "key.pem"],
            ["HTTP_LISTENERS_API_TLS_CERTIFICATE_FILE": "c", "HTTP_LISTENERS_API_TLS_KEY_FILE": "k"],
            ["HTTP_ACCESS_SHOP_ISSUER": "x"], ["HTTP_ACCESS_SHOP_TOKENS_FILE": "t", "HTTP_ACCESS_SHOP_AUDIENCE": "x"],
            ["HTTP_LISTENERS_API_PORT": "x"], ["HTTP_LISTENERS_API_PORT": "70000"], ["HTTP_LISTENERS_API_HOST": "::1"],
            ["HTTP_LISTENERS_API_PORT": "8080"], ["HTTP_LISTENERS_A_PORT": "3333", "HTTP_LISTENERS_B_PORT": "3333"],
            ["HTTP_LISTENERS_A_PORT": "3333", "HTTP_LISTENERS_B_PORT": "3333", "HTTP_LISTENERS_B_HOST": "0.0.0.0"],
        ])
    func mistakes(environment: [String: String]) {
        #expect(read(environment).mistakes.contains { $0.severity == .error })
    }

    @Test(
        "names are known, groups are groups",
        arguments: [
            ("http", "group"), ("http.listeners", "group"), ("http.listeners.api", "group"),
            ("http.listeners.api.port", "known"), ("http.listeners.api.prt", "unknown"),
            ("http.listeners.API.port", "unknown"),
            ("http.listeners.api.tls", "group"), ("http.listeners.api.tls.certificateFile", "known"),
            ("http.listeners.api.tls.port", "unknown"), ("http.listeners.api.", "unknown"),
            ("http.listeners.", "unknown"),
            ("http.access", "group"), ("http.access.shop", "group"), ("http.access.shop.tokensFile", "known"),
            ("http.access.shop.tokens", "unknown"), ("http.acces.shop.tokensFile", "unknown"),
            ("http.listener.api.port", "unknown"), ("http.listeners.a.b.port", "unknown"),
        ])
    func resolve(name: String, expected: String) {
        let found =
            switch SettingName.resolve(name) {
            case .group: "group"
            case .known: "known"
            case .unknown: "unknown"
            }
        #expect(found == expected)
    }
}
