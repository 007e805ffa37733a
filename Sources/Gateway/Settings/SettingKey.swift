/// One setting: its name, its type, its default and what it means. `all` is the whole list; files, environment, checks,
/// help and documentation are made from it.
struct SettingKey: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case bool
        /// Text; `secret` is never shown.
        case text, secret
        /// A URI whose password is never shown.
        case uri
        case integer(ClosedRange<Int>)
        case list
        case choice([String])
        /// A number of seconds, minutes, hours or days: `30m`.
        case duration
        /// A name of the IANA database.
        case timeZone
    }

    /// Who may give it a value, and when a change counts.
    enum Reach: Sendable, Hashable {
        /// Every layer, the collection `configuration` included; a running gateway follows a change.
        case everywhere
        /// A running gateway follows a change, but not one in the collection: it is about the gateway's own machine.
        case machine
        /// Read when the process starts, before the collection can be.
        case start
    }

    let name: String
    let kind: Kind
    let fallback: String?
    let reach: Reach
    let help: String

    init(
        _ name: String, _ kind: Kind, default fallback: String? = nil, reach: Reach = .everywhere, _ help: String
    ) {
        self.name = name
        self.kind = kind
        self.fallback = fallback
        self.reach = reach
        self.help = help
    }

    var environmentName: String { Self.environmentName(of: name) }

    /// The environment variable: upper case, `_` for the dots and before inner capitals; `rabbitMQ` and `mongoDB` count as
    /// words.
    static func environmentName(of name: String) -> String {
        name.split(separator: ".").map { part in
            if part == "rabbitMQ" { return "RABBITMQ" }
            if part == "mongoDB" { return "MONGODB" }
            var out = ""
            for character in part {
                if character.isUppercase && !out.isEmpty { out += "_" }
                out += character.uppercased()
            }
            return out
        }.joined(separator: "_")
    }

    var isSecret: Bool { kind == .secret }

    /// Whether its value may hold a password: then only ``SettingValue/shown(as:)`` prints it.
    var mayHoldSecret: Bool { kind == .secret || kind == .uri }

    /// Whether a running gateway follows a change.
    var isLive: Bool { reach != .start }

    static func named(_ name: String) -> SettingKey? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

extension SettingKey {
    private static let port = Kind.integer(1...65535)

    private static func broker(_ prefix: String, _ what: String, defaults: Bool) -> [SettingKey] {
        [
            SettingKey(
                prefix + ".uri", .uri,
                "\(what) as amqp(s)://user:password@host:port/vhost; excludes the five parts below"),
            SettingKey(prefix + ".username", .text, default: defaults ? "guest" : nil, "user name"),
            SettingKey(prefix + ".password", .secret, default: defaults ? "guest" : nil, "password"),
            SettingKey(prefix + ".host", .text, default: defaults ? "localhost" : nil, "host name or address"),
            SettingKey(prefix + ".virtualHost", .text, default: defaults ? "/" : nil, "virtual host"),
            SettingKey(prefix + ".port", port, default: defaults ? "5672" : nil, "port"),
        ]
    }

    private static func endpoint(_ name: String, _ what: String) -> SettingKey {
        SettingKey("rabbitMQ.\(name).endpointName", .text, "queue for \(what)")
    }

    static let all: [SettingKey] =
        [
            SettingKey(
                "rabbitMQ.enabled", .bool, default: "true", "true: connect and consume; false: disconnect"),
            SettingKey("rabbitMQ.endpointName", .text, "queue that catalog messages are consumed from"),
        ] + broker("rabbitMQ", "broker to consume from", defaults: true) + [
            SettingKey(
                "rabbitMQ.producer.enabled", .bool, default: "true",
                "publish feeds, postings of routes and results, or not"),
            SettingKey("rabbitMQ.producer.interval", .duration, default: "30m", "time between two runs of the feeds"),
            SettingKey(
                "rabbitMQ.producer.timeZone", .timeZone, default: "UTC", "zone of the times that feeds write as text"),
            SettingKey(
                "rabbitMQ.enginestatus.offlineAfter", .duration, default: "10m",
                "time after its last ping that an engine is told to be OFFLINE"),
            SettingKey(
                "console.engineId", .text, default: "promo-gateway",
                "engineId under which the gateway tells of itself as a console"),
            SettingKey(
                "console.engineName", .text, default: "Promo Gateway",
                "engineName under which the gateway tells of itself as a console"),
        ] + broker("rabbitMQ.producer", "broker to publish to (default: the one consumed from)", defaults: false) + [
            endpoint("promotion", "promotions"),
            endpoint("loyaltyCard", "loyalty-card movements"),
            endpoint("limitstatus", "limit status, all limit types"),
            endpoint("enginestatus", "engine and console status"),
            endpoint("promotionsCache", "the promotion cache"),
            endpoint("transaction", "transactions"),
            endpoint("result", "import results (optional)"),
            SettingKey("rabbitMQ.tls.caFile", .text, reach: .machine, "PEM file of the authorities trusted for amqps"),
            SettingKey(
                "rabbitMQ.tls.verify", .bool, default: "true", reach: .machine,
                "check the broker's certificate and name"),
            SettingKey(
                "rabbitMQ.prefetch", .integer(1...65535),
                "messages taken from the broker before one is settled; not set: four times limits.batchItems"),
            SettingKey("mongoDB.uri", .uri, default: "mongodb://localhost:27017", reach: .start, "the store"),
            SettingKey(
                "mongoDB.database", .text, default: "promo", reach: .start, "database with Promo's collections"),
            SettingKey(
                "companies.allowed", .list, "companies whose messages are taken, with commas; not set or []: all"),
            SettingKey(
                "definitions.directory", .text, reach: .machine,
                "directory with further or overriding catalog definitions"),
            SettingKey("mappings.directory", .text, reach: .machine, "directory with route mappings"),
            SettingKey(
                "lanes", .integer(1...64), default: "2",
                "ordered streams side by side, one connection to the store each"),
            SettingKey("limits.batchItems", .integer(1...100_000), default: "1000", "items of one transaction"),
            SettingKey(
                "limits.messageBytes", .integer(1024...1_073_741_824), default: "134217728",
                "bytes of a message; a larger one becomes a dead letter unread"),
            SettingKey(
                "ledger.keepDays", .integer(1...365), default: "7", reach: .start,
                "days that a message-id is remembered"),
            SettingKey(
                "console.host", .text, default: "127.0.0.1", reach: .start, "address that the console listens on"),
            SettingKey(
                "console.port", .integer(0...65535), default: "8080", reach: .start,
                "port that the console listens on; 0 for any free one, which the log tells"),
            SettingKey(
                "console.viewerToken", .secret, reach: .start,
                "token of those who look at the console; 16 bytes or more"),
            SettingKey(
                "console.operatorToken", .secret, reach: .start,
                "token of those who change things there; must be set where console.host is not of the loopback interface"
            ),
            SettingKey(
                "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
                default: "info", "least severe line that is logged"),
        ]
}
