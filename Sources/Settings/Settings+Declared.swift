package import Logging
internal import Mappings

// Every setting, each declared once. `SettingKey.all` lists them; files, environment, checks, help, the console and the
// documentation are made from that list.

// MARK: The broker that is consumed from

extension Setting<Bool> {
    package static var rabbitMQEnabled: Self {
        Self(
            "rabbitMQ.enabled", .bool, default: "true", stops: .consuming, isGuard: true,
            "true: connect and consume; false: disconnect")
    }
    package static var rabbitMQTLSVerify: Self {
        Self(
            "rabbitMQ.tls.verify", .bool, default: "true", reach: .machine, stops: .both, isGuard: true,
            "check the broker's certificate and name")
    }
    package static var rabbitMQProducerEnabled: Self {
        Self(
            "rabbitMQ.producer.enabled", .bool, default: "true", stops: .publishing, isGuard: true,
            "publish feeds, postings of routes and results, or not")
    }
}

extension Setting<String> {
    package static var rabbitMQUsername: Self {
        Self("rabbitMQ.username", .text, default: "guest", stops: .both, "user name")
    }
    package static var rabbitMQPassword: Self {
        Self("rabbitMQ.password", .secret, default: "guest", stops: .both, "password")
    }
    package static var rabbitMQHost: Self {
        Self("rabbitMQ.host", .host, default: "localhost", stops: .both, "host name or address")
    }
    package static var rabbitMQVirtualHost: Self {
        Self("rabbitMQ.virtualHost", .text, default: "/", stops: .both, "virtual host")
    }
}

extension Setting<Int> {
    package static var rabbitMQPort: Self {
        Self("rabbitMQ.port", .integer(1...65535), default: "5672", stops: .both, "port")
    }
}

extension Setting<Int?> {
    package static var rabbitMQPrefetch: Self {
        Self(
            "rabbitMQ.prefetch", .integer(1...65535),
            "messages taken from the broker before one is settled; not set: four times limits.batchItems")
    }
}

extension Setting<String?> {
    package static var rabbitMQEndpointName: Self {
        Self(
            "rabbitMQ.endpointName", .queueName, stops: .consuming, "queue that catalog messages are consumed from")
    }
    package static var rabbitMQURI: Self {
        Self(
            "rabbitMQ.uri", .brokerURI, stops: .both,
            "broker to consume from as amqp(s)://user:password@host:port/vhost; excludes the five parts below")
    }
    package static var rabbitMQTLSCAFile: Self {
        Self(
            "rabbitMQ.tls.caFile", .text, reach: .machine, stops: .both,
            "PEM file of the authorities trusted for amqps")
    }
}

// MARK: Publishing

extension Setting<Duration> {
    package static var rabbitMQProducerInterval: Self {
        Self(
            "rabbitMQ.producer.interval", .duration(from: Schedule.shortestInterval), default: "30m",
            stops: .publishing,
            "time between two runs of the feeds, such as 500ms, 30s, 30m, 6h or 1d")
    }
    package static var rabbitMQEnginestatusOfflineAfter: Self {
        Self(
            "rabbitMQ.enginestatus.offlineAfter", .duration(from: 1000), default: "10m", stops: .publishing,
            "time after its last ping that an engine is reported as OFFLINE")
    }
}

extension Setting<String> {
    package static var rabbitMQProducerTimeZone: Self {
        Self(
            "rabbitMQ.producer.timeZone", .timeZone, default: "UTC", stops: .publishing,
            "zone of the times that feeds write as text")
    }
    package static var consoleEngineId: Self {
        Self(
            "console.engineId", .text, default: "promo-gateway",
            "engineId under which the gateway tells of itself as a console")
    }
    package static var consoleEngineName: Self {
        Self(
            "console.engineName", .text, default: "Promo Gateway",
            "engineName under which the gateway tells of itself as a console")
    }
}

extension Setting<String?> {
    package static var rabbitMQProducerURI: Self {
        Self(
            "rabbitMQ.producer.uri", .brokerURI, stops: .publishing,
            "broker to publish to (default: the one consumed from) as amqp(s)://user:password@host:port/vhost; excludes"
                + " the five parts below")
    }
    package static var rabbitMQProducerUsername: Self {
        Self("rabbitMQ.producer.username", .text, stops: .publishing, "user name")
    }
    package static var rabbitMQProducerPassword: Self {
        Self("rabbitMQ.producer.password", .secret, stops: .publishing, "password")
    }
    package static var rabbitMQProducerHost: Self {
        Self("rabbitMQ.producer.host", .host, stops: .publishing, "host name or address")
    }
    package static var rabbitMQProducerVirtualHost: Self {
        Self("rabbitMQ.producer.virtualHost", .text, stops: .publishing, "virtual host")
    }
    package static var rabbitMQPromotionEndpointName: Self { endpoint("promotion", "promotions") }
    package static var rabbitMQLoyaltyCardEndpointName: Self { endpoint("loyaltyCard", "loyalty-card movements") }
    package static var rabbitMQLimitstatusEndpointName: Self {
        endpoint("limitstatus", "limit status, all limit types")
    }
    package static var rabbitMQEnginestatusEndpointName: Self { endpoint("enginestatus", "engine and console status") }
    package static var rabbitMQPromotionsCacheEndpointName: Self { endpoint("promotionsCache", "the promotion cache") }
    package static var rabbitMQTransactionEndpointName: Self { endpoint("transaction", "transactions") }
    package static var rabbitMQResultEndpointName: Self { endpoint("result", "import results (optional)") }

    private static func endpoint(_ name: String, _ what: String) -> Self {
        Self("rabbitMQ.\(name).endpointName", .queueName, stops: .publishing, "queue for \(what)")
    }
}

extension Setting<Int?> {
    package static var rabbitMQProducerPort: Self {
        Self("rabbitMQ.producer.port", .integer(1...65535), stops: .publishing, "port")
    }
}

// MARK: The store

extension Setting<String> {
    package static var mongoDBURI: Self {
        Self("mongoDB.uri", .storeURI, default: "mongodb://localhost:27017", reach: .start, "the store")
    }
    package static var mongoDBDatabase: Self {
        Self(
            "mongoDB.database", .databaseName, default: "promo", reach: .start, "database with Promo's collections")
    }
}

extension Setting<Int> {
    package static var ledgerKeepDays: Self {
        Self(
            "ledger.keepDays", .integer(1...365), default: "7", reach: .start, "days that a message-id is remembered")
    }
}

// MARK: Routes

extension Setting<[String]> {
    package static var companiesAllowed: Self {
        Self(
            list: "companies.allowed", stops: .consuming, isGuard: true,
            "companies whose messages are taken, with commas; not set or []: all")
    }
}

extension Setting<String?> {
    package static var definitionsDirectory: Self {
        Self(
            "definitions.directory", .text, reach: .machine, "directory with further or overriding catalog definitions")
    }
    package static var mappingsDirectory: Self {
        Self("mappings.directory", .text, reach: .machine, "directory with route mappings")
    }
}

extension Setting<Int> {
    package static var lanes: Self {
        Self(
            "lanes", .integer(1...64), default: "2", "ordered streams side by side, two connections to the store each")
    }
    package static var limitsBatchItems: Self {
        Self("limits.batchItems", .integer(1...100_000), default: "1000", "items of one transaction")
    }
    package static var limitsMessageBytes: Self {
        Self(
            "limits.messageBytes", .integer(1024...1_073_741_824), default: "134217728", stops: .consuming,
            "bytes of a message; a larger one becomes a dead letter unread")
    }
}

// MARK: Listeners, console and log

extension Setting<Int> {
    package static var httpConnections: Self {
        Self(
            "http.connections", .integer(12...1_000_000), default: "12000", reach: .start,
            "open connections of all HTTP listeners together, at most eleven twelfths of them sockets and event streams;"
                + " further ones are answered 503")
    }
}

extension Setting<String> {
    package static var consoleHost: Self {
        Self("console.host", .host, default: "127.0.0.1", reach: .start, "address that the console listens on")
    }
}

extension Setting<Int> {
    package static var consolePort: Self {
        Self(
            "console.port", .integer(0...65535), default: "8080", reach: .start,
            "port that the console listens on; 0 for any free one, which the log tells")
    }
}

extension Setting<String?> {
    package static var consoleViewerToken: Self {
        Self(
            "console.viewerToken", .token, reach: .start, isGuard: true,
            "token of those who look at the console; 16 bytes or more")
    }
    package static var consoleOperatorToken: Self {
        Self(
            "console.operatorToken", .token, reach: .start, isGuard: true,
            "token of those who change things there; must be set where console.host is not of the loopback interface")
    }
}

extension Setting where Value == Logger.Level {
    package static var logLevel: Setting<Logger.Level> {
        Setting(
            "log.level", .choice(Logger.Level.allCases.map(\.rawValue)), default: "info",
            "least severe line that is logged")
    }
}
