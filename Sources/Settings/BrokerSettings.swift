internal import Contracts
internal import Foundation
internal import Logging
package import MongoStore
package import RabbitMQ

/// From settings to the address of a broker.
package enum BrokerSettings {
    /// Where to consume from.
    package static func consumer(_ settings: Settings) throws(AMQPError) -> BrokerAddress {
        if let uri = settings[.rabbitMQURI] { return try address(uri, settings) }
        return try BrokerAddress(
            host: settings[.rabbitMQHost], port: settings[.rabbitMQPort], virtualHost: settings[.rabbitMQVirtualHost],
            username: settings[.rabbitMQUsername], password: settings[.rabbitMQPassword])
    }

    /// The broker to publish to: by `rabbitMQ.producer`, else the one to consume from.
    package static func producer(_ settings: Settings) throws(AMQPError) -> BrokerAddress {
        if let uri = settings[.rabbitMQProducerURI] { return try address(uri, settings) }
        let base = try consumer(settings)
        guard SettingKey.producer.parts.contains(where: { settings.values[$0] != nil }) else { return base }
        return try BrokerAddress(
            host: settings[.rabbitMQProducerHost] ?? base.host, port: settings[.rabbitMQProducerPort] ?? Int(base.port),
            virtualHost: settings[.rabbitMQProducerVirtualHost] ?? base.virtualHost,
            username: settings[.rabbitMQProducerUsername] ?? base.username,
            password: settings[.rabbitMQProducerPassword] ?? base.password, tls: base.tls)
    }

    /// The error of a URI, as text without its password; nil where there is none.
    package static func problem(with uri: String) -> String? {
        do throws(AMQPError) {
            _ = try BrokerAddress(uri: uri)
            return nil
        } catch {
            return error.message
        }
    }

    private static func address(_ uri: String, _ settings: Settings) throws(AMQPError) -> BrokerAddress {
        let parsed = try BrokerAddress(uri: uri)
        guard var tls = parsed.tls else { return parsed }
        tls.authorityFile = tls.authorityFile ?? settings[.rabbitMQTLSCAFile]
        tls.verifiesPeer = tls.verifiesPeer && settings[.rabbitMQTLSVerify]
        return try BrokerAddress(
            host: parsed.host, port: Int(parsed.port), virtualHost: parsed.virtualHost, username: parsed.username,
            password: parsed.password, tls: tls)
    }
}

/// Derives the store's address from settings.
package enum StoreAddress {
    package static func settings(_ settings: Settings) -> MongoSettings {
        let uri = settings[.mongoDBURI]
        // A database in the URI counts more than the default.
        let isInURI = !settings.isGiven(.mongoDBDatabase) && namesDatabase(uri)
        var mongo = MongoSettings(uri: uri, database: isInURI ? nil : settings[.mongoDBDatabase])
        mongo.ledgerLifetime = .seconds(settings[.ledgerKeepDays] * 24 * 3600)
        return mongo
    }

    private static func namesDatabase(_ uri: String) -> Bool {
        guard let scheme = uri.range(of: "://") else { return false }
        let rest = uri[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return false }
        return !rest[rest.index(after: slash)...].prefix { $0 != "?" }.isEmpty
    }

    /// The error of a URI, as text without its password; nil where there is none.
    package static func problem(with uri: String) -> String? {
        do throws(StoreError) {
            _ = try MongoDeployment(
                MongoSettings(uri: uri, database: "check"),
                logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() })
            return nil
        } catch {
            return error.message
        }
    }
}
