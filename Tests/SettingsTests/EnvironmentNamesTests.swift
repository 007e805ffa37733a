@testable import Settings
import Testing

@Suite struct EnvironmentNamesTests {
    @Test(
        "a variable that is nearly a setting is reported, with the one that was meant",
        arguments: [
            ("RABBITMQ_ENDPOINTNAME", "RABBITMQ_ENDPOINT_NAME"), ("RABBITMQ_URL", "RABBITMQ_URI"),
            ("RABBITMQ_USER", "RABBITMQ_USERNAME"), ("RABBITMQ_VHOST", "RABBITMQ_VIRTUAL_HOST"),
            ("RABBITMQ_PASWORD_FILE", "RABBITMQ_PASSWORD_FILE"), ("MONGODB_DATABSE", "MONGODB_DATABASE"),
            ("CONSOLE_PROT", "CONSOLE_PORT"),
        ])
    func near(name: String, meant: String) {
        let hints = EnvironmentNames.hints([name: "x"])
        #expect(hints.map(\.severity) == [.hint])
        #expect(hints.first?.description.hasPrefix("environment \(name): hint: ") == true)
        #expect(hints.first?.message.contains("did you mean \(meant)?") == true, "\(hints)")
    }

    @Test(arguments: ["RABBITMQ_TLS_CERT_FILE", "RABBITMQ_TLS_KEY_FILE", "RABBITMQ_TLS_CERTIFICATE"])
    func `a variable for a client certificate gets a hint`(name: String) {
        let hints = EnvironmentNames.hints([name: "x"])
        #expect(hints.map(\.severity) == [.hint])
        #expect(hints.first?.message.contains("RABBITMQ_TLS_CA_FILE") == true, "\(hints)")
    }

    @Test(arguments: [
        "HTTP_LISTENERS_API_PROT", "HTTP_LISTENERS_PORT", "HTTP_ACCESS_SHOP_TOKENS", "HTTP_ACCESS_a_ISSUER",
    ])
    func `a variable of a listener or of callers that is no setting gets a hint`(name: String) {
        let hints = EnvironmentNames.hints([name: "x"])
        #expect(hints.map(\.severity) == [.hint])
        #expect(hints.first?.message.contains("_NAME_") == true, "\(hints)")
    }

    @Test(
        "a setting, another program's variable or anything else is none of these",
        arguments: [
            "RABBITMQ_URI", "RABBITMQ_PASSWORD_FILE", "RABBITMQ_TRANSACTION_ENDOPINT_NAME", "RABBITMQ_NODENAME",
            "RABBITMQ_DEFAULT_PASS", "RABBITMQ_HOME", "RABBITMQ_SERVICE_HOST", "RABBITMQ_PORT_5672_TCP_ADDR",
            "RABBITMQ_LOGS", "MONGODB_ROOT_PASSWORD", "HTTP_LISTENERS_API_PORT", "HTTP_LISTENERS_API_PORT_FILE",
            "HTTP_ACCESS_SHOP_TOKENS_FILE", "HTTP_ACCESS_SHOP_ISSUER_FILE", "HTTP_PROXY", "LANE", "PATH",
        ])
    func far(name: String) {
        #expect(EnvironmentNames.hints([name: "x"]).isEmpty)
    }
}
