@testable import Settings
import Testing

@Suite struct SettingValueTests {
    @Test(
        "a URI is shown without whatever could be its password",
        arguments: [
            ("rabbitMQ.uri", "amqp://user:hunter2@host:5672/vhost", "amqp://***@host:5672/vhost"),
            ("rabbitMQ.uri", "amqp://host/", "amqp://host/"),
            ("rabbitMQ.uri", "amqp://user:hunter@2@host/", "amqp://***@host/"),
            ("rabbitMQ.uri", "amqps://u:p@h/?cacertfile=x", "amqps://***@h/?***"),
            // Nobody knows where the password ends.
            ("rabbitMQ.uri", "amqp://user:hun/ter2@x@host/", "***"), ("rabbitMQ.uri", "amqp://u:hun?ter2@host/", "***"),
            ("rabbitMQ.uri", "amqp://user:hunter2", "***"), ("rabbitMQ.uri", "hunter2", "***"),
            ("mongoDB.uri", "mongodb://u:hunter2@a,b/?authSource=admin&appName=hunter2", "mongodb://***@a,b/?***"),
            ("mongoDB.uri", "mongodb://h/?tlsCertificateKeyFilePassword=hunter2&tls=true", "mongodb://h/?***"),
            ("mongoDB.uri", "mongodb://u:Winter@Sun99@localhost/", "***"),
            // In the wrong place.
            ("rabbitMQ.endpointName", "amqp://user:hunter2@host/", "***"),
        ])
    func uri(name: String, text: String, shown: String) throws {
        let key = try #require(SettingKey.named(name))
        #expect(SettingValue(text: text, origin: .default).shown(as: key) == shown)
    }

    @Test func `a secret is not shown at all`() {
        #expect(SettingValue(text: "hunter2", origin: .default).shown(as: Setting.rabbitMQPassword.key) == "***")
    }

    @Test(
        "a word for a setting",
        arguments: [
            ("rabbitMQ.enabled", "rabbitMQ.enabled"),
            ("rabbitMQ.transaction.endopintName", "rabbitMQ.transaction.endpointName"),
            ("rabbitmq.enabled", "unknown setting 'rabbitmq.enabled' (did you mean 'rabbitMQ.enabled'?)"),
            ("rabbitMQ.tls", "'rabbitMQ.tls' is not a setting but a group: rabbitMQ.tls.caFile rabbitMQ.tls.verify"),
            ("zzz", "unknown setting 'zzz'; 'gateway check --settings' lists all"),
        ])
    func name(word: String, meaning: String) {
        switch SettingName.key(word) {
        case .success(let key): #expect(key.name == meaning)
        case .failure(let mistake): #expect(mistake.description == meaning)
        }
    }

    @Test func `the misprint is understood as a variable, too, and the right spelling counts more`() {
        let old = "RABBITMQ_TRANSACTION_ENDOPINT_NAME"
        func read(_ environment: [String: String]) -> SettingsReader.Reading {
            SettingsReader(environment: environment).read()
        }
        let reading = read([old: "t"])
        #expect(reading.settings[.rabbitMQTransactionEndpointName] == "t")
        #expect(reading.mistakes.map(\.severity) == [.hint])
        let both = read([old: "t", "RABBITMQ_TRANSACTION_ENDPOINT_NAME": "u"])
        #expect(both.settings[.rabbitMQTransactionEndpointName] == "u")
    }

    @Test(
        "the name of the database is held to the rule that the store holds it to",
        arguments: [
            ("a/b", false), ("a\\b", false), ("a.b", false), ("a b", false), ("a\"b", false), ("a$b", false),
            ("a\0b", false), ("a*b", true), ("promo", true),
        ])
    func database(name: String, isTaken: Bool) throws {
        let key = try #require(SettingKey.named("mongoDB.database"))
        let mistakes = SettingRules.check(SettingValue(text: name, origin: .default), of: key)
        #expect(mistakes.map(\.rule) == (isTaken ? [] : ["database-name"]))
    }
}
