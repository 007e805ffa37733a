internal import Logging
internal import MongoStore
internal import Foundation
internal import Pipeline
internal import RabbitMQ

/// From settings to the address of a broker.
enum BrokerSettings {
    /// Where to consume from.
    static func consumer(_ settings: Settings) throws(AMQPError) -> BrokerAddress {
        try address(settings, prefix: "rabbitMQ")
    }

    /// Where to publish to: as `rabbitMQ.producer` says, and where that says nothing, where messages are consumed from.
    static func producer(_ settings: Settings) throws(AMQPError) -> BrokerAddress {
        let prefix = "rabbitMQ.producer"
        if settings.text(prefix + ".uri") != nil { return try address(settings, prefix: prefix) }
        let base = try consumer(settings)
        let own = ["host", "port", "virtualHost", "username", "password"].contains {
            settings.text(prefix + "." + $0) != nil
        }
        guard own else { return base }
        return try BrokerAddress(
            host: settings.text(prefix + ".host") ?? base.host,
            port: settings.integer(prefix + ".port") ?? Int(base.port),
            virtualHost: settings.text(prefix + ".virtualHost") ?? base.virtualHost,
            username: settings.text(prefix + ".username") ?? base.username,
            password: settings.text(prefix + ".password") ?? base.password, tls: base.tls)
    }

    /// What is wrong with a URI, in words without its password; nil where nothing is.
    static func problem(with uri: String) -> String? {
        do throws(AMQPError) {
            _ = try BrokerAddress(uri: uri)
            return nil
        } catch {
            return error.message
        }
    }

    private static func address(_ settings: Settings, prefix: String) throws(AMQPError) -> BrokerAddress {
        if let uri = settings.text(prefix + ".uri") {
            let parsed = try BrokerAddress(uri: uri)
            guard var tls = parsed.tls else { return parsed }
            tls.authorityFile = tls.authorityFile ?? settings.text("rabbitMQ.tls.caFile")
            tls.verifiesPeer = tls.verifiesPeer && settings.bool("rabbitMQ.tls.verify")
            return try BrokerAddress(
                host: parsed.host, port: Int(parsed.port), virtualHost: parsed.virtualHost, username: parsed.username,
                password: parsed.password, tls: tls)
        }
        return try BrokerAddress(
            host: settings.text(prefix + ".host") ?? "localhost", port: settings.integer(prefix + ".port"),
            virtualHost: settings.text(prefix + ".virtualHost") ?? "/",
            username: settings.text(prefix + ".username") ?? "guest",
            password: settings.text(prefix + ".password") ?? "guest")
    }
}

/// From settings to the store.
enum StoreAddress {
    static func settings(_ settings: Settings) -> MongoSettings {
        let uri = settings.text("mongoDB.uri") ?? ""
        var database = settings.text("mongoDB.database")
        // A database that the URI names counts more than one that nobody named.
        if settings.values["mongoDB.database"]?.origin == .default, namesDatabase(uri) { database = nil }
        var mongo = MongoSettings(uri: uri, database: database)
        mongo.ledgerLifetime = .seconds(settings.number("ledger.keepDays") * 24 * 3600)
        return mongo
    }

    private static func namesDatabase(_ uri: String) -> Bool {
        guard let scheme = uri.range(of: "://") else { return false }
        let rest = uri[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return false }
        return !rest[rest.index(after: slash)...].prefix { $0 != "?" }.isEmpty
    }

    /// What is wrong with a URI, in words without its password; nil where nothing is.
    static func problem(with uri: String) -> String? {
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
