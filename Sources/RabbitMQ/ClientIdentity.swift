internal import Contracts

/// Client properties of a connection: product, name, capabilities.
struct ClientIdentity {
    static let product = "Promo Gateway"

    var version: String
    /// Shown in the broker's list of connections.
    var connectionName: String

    var properties: [MessageProperties.Header] {
        [
            .init(name: "product", value: .string(Self.product)),
            .init(name: "version", value: .string(version)),
            .init(name: "platform", value: .string("Swift, librabbitmq")),
            .init(name: "connection_name", value: .string(connectionName)),
            // Without the first two, a deleted queue and a memory alarm would go unnoticed.
            .init(
                name: "capabilities",
                value: .table([
                    .init(name: "consumer_cancel_notify", value: .bool(true)),
                    .init(name: "connection.blocked", value: .bool(true)),
                    .init(name: "basic.nack", value: .bool(true)),
                    .init(name: "publisher_confirms", value: .bool(true)),
                ])),
        ]
    }
}
