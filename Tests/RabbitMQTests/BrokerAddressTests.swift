import RabbitMQ
import Testing

@Suite("A broker's address")
struct BrokerAddressTests {
    struct Good: Sendable, CustomTestStringConvertible {
        var uri: String
        var host = "localhost"
        var port: UInt16 = 5672
        var virtualHost = "/"
        var username = "guest"
        var password = "guest"
        var tls: BrokerAddress.TLS?

        var testDescription: String { uri }
    }

    @Test(
        "is read from a URI",
        arguments: [
            Good(uri: "amqp://localhost"),
            Good(uri: "amqp://localhost/"),
            Good(uri: "amqp://localhost/%2f"),
            Good(uri: "amqp://localhost/%2F"),
            Good(uri: "AMQP://localhost:5673/shop", port: 5673, virtualHost: "shop"),
            Good(
                uri: "amqp://ana:secret@rabbit.example:7777/shop", host: "rabbit.example", port: 7777,
                virtualHost: "shop", username: "ana", password: "secret"),
            Good(uri: "amqp://ana@localhost", username: "ana", password: ""),
            Good(uri: "amqp://ana:@localhost", username: "ana", password: ""),
            Good(
                uri: "amqp://a%40b:p%3Aq%2Fr%25@localhost/a%2Fb", virtualHost: "a/b", username: "a@b",
                password: "p:q/r%"),
            Good(uri: "amqp://ana:pass:word@localhost", username: "ana", password: "pass:word"),
            Good(uri: "amqp://ana:p@ss@localhost", username: "ana", password: "p@ss"),
            Good(uri: "amqp://jos%C3%A9:contrase%C3%B1a@localhost", username: "josé", password: "contraseña"),
            Good(uri: "amqp://josé:contraseña@localhost", username: "josé", password: "contraseña"),
            Good(uri: "amqp://[::1]", host: "::1"),
            Good(
                uri: "amqp://u:p@[fe80::1]:5673/v", host: "fe80::1", port: 5673, virtualHost: "v", username: "u",
                password: "p"),
            Good(uri: "amqps://localhost", port: 5671, tls: .init()),
            Good(uri: "amqps://localhost:443/v", port: 443, virtualHost: "v", tls: .init()),
            Good(
                uri: "amqps://localhost?cacertfile=%2Fetc%2Fca.pem&verify=verify_peer", port: 5671,
                tls: .init(authorityFile: "/etc/ca.pem")),
            Good(
                uri: "amqps://localhost/v?verify=verify_none", port: 5671, virtualHost: "v",
                tls: .init(verifiesPeer: false)),
            Good(uri: "amqp://localhost/shop#frag", virtualHost: "shop"),
        ])
    func reads(_ good: Good) throws {
        let address = try BrokerAddress(uri: good.uri)
        #expect(address.host == good.host)
        #expect(address.port == good.port)
        #expect(address.virtualHost == good.virtualHost)
        #expect(address.username == good.username)
        #expect(address.password == good.password)
        #expect(address.tls == good.tls)
    }

    @Test(
        "that cannot be right is refused by naming what is wrong, and never its password",
        arguments: [
            ("", "amqp://"),
            ("http://localhost", "amqp://"),
            ("amqp:/localhost", "amqp://"),
            ("localhost:5672", "amqp://"),
            ("amqp://", "host is missing"),
            ("amqp:///shop", "host is missing"),
            ("amqp://:5672", "host is missing"),
            ("amqp://u:s3cret@", "host is missing"),
            ("amqp://localhost:", "port"),
            ("amqp://localhost:0", "port"),
            ("amqp://localhost:65536", "port"),
            ("amqp://localhost:56x", "port"),
            ("amqp://localhost:-1", "port"),
            ("amqp://localhost:99999999999999999999", "port"),
            ("amqp://u:s3cret/half@localhost", "%2F"),
            ("amqp://localhost/a/b", "%2F"),
            ("amqp://u:s3cret%@localhost", "password has a '%'"),
            ("amqp://u:s3cret%zz@localhost", "password has a '%'"),
            ("amqp://u:s3cret%2@localhost", "password has a '%'"),
            ("amqp://u%2:s3cret@localhost", "user name has a '%'"),
            ("amqp://u:s3cret%FF@localhost", "password is not UTF-8"),
            ("amqp://u:s3cret%00@localhost", "password contains a NUL"),
            ("amqp://u%00:s3cret@localhost", "user name contains a NUL"),
            ("amqp://localhost/%00", "virtual host contains a NUL"),
            ("amqp://::1", "brackets"),
            ("amqp://[::1", "]"),
            ("amqp://[::1]x", "after the host"),
            ("amqp://[localhost]", "brackets"),
            ("amqp://localhost?verify=verify_none", "needs amqps"),
            ("amqps://localhost?verify=maybe", "verify_peer"),
            ("amqps://localhost?cacertfile=", "cacertfile"),
            ("amqps://localhost?heartbeat=3", "'heartbeat' is not known"),
            ("amqp://localhost/" + String(repeating: "v", count: 256), "255"),
        ])
    func refuses(_ uri: String, _ part: String) throws {
        let error = try #require(throws: AMQPError.self) { try BrokerAddress(uri: uri) }
        #expect(error.code == .invalidAddress)
        #expect(error.message.contains(part), "\(error.message)")
        #expect(!error.message.contains("s3cret"))
    }

    @Test("never shows its password")
    func hidesThePassword() throws {
        let address = try BrokerAddress(uri: "amqps://ana:s3cret@host/my%2Fshop")
        var dumped = ""
        dump(address, to: &dumped)
        for text in ["\(address)", String(reflecting: address), "\(Optional(address) as Any)", dumped] {
            #expect(!text.contains("s3cret"))
            #expect(text.contains("amqps://ana@host:5671/my%2Fshop"))
        }
    }

    @Test("describes itself as a URI that reads back the same, but for the password")
    func describesItself() throws {
        for uri in ["amqp://a%40b@[::1]:7/v%20w", "amqps://x@h:1/", "amqp://jos%C3%A9@h:5672/"] {
            #expect(try "\(BrokerAddress(uri: uri))" == uri)
        }
    }

    @Test("is made from parts as they are")
    func fromParts() throws {
        let address = try BrokerAddress(host: "h", virtualHost: "a%2Fb", username: "u%", password: "p@:/", tls: .init())
        #expect(address.port == 5671)
        #expect(address.virtualHost == "a%2Fb")
        #expect(address.username == "u%")
        #expect(address.password == "p@:/")
        #expect(try BrokerAddress(host: "h", virtualHost: "").virtualHost == "/")
        #expect(throws: AMQPError.self) { try BrokerAddress(host: "") }
        #expect(throws: AMQPError.self) { try BrokerAddress(host: "h", port: 0) }
        #expect(throws: AMQPError.self) { try BrokerAddress(host: "h", port: 70000) }
        #expect(throws: AMQPError.self) { try BrokerAddress(host: "h", password: "a\0b") }
    }
}
