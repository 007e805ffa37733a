package import Contracts
package import Ingest
package import JSON
package import Schemas
internal import Synchronization

/// Deliveries, prepared messages and a held clock for tests.
package enum Fixtures {
    /// The shipped definitions and `catalogCount`.
    package static let catalogs: Catalogs = {
        do {
            return try Catalogs.builtin().adding(files: [
                DefinitionFile(name: "count.json", bytes: Array(countDefinition.utf8))
            ])
        } catch {
            fatalError("the shipped definitions do not compile: \(error)")
        }
    }()

    /// Each rule of `x-merge`.
    private static let countDefinition = """
        {"$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogCount", "x-key": ["code"], "type": "object",
         "required": ["code"], "properties": {
           "code": {"type": "string"},
           "total": {"type": ["number", "null"], "x-bson": "decimal", "x-merge": "sum"},
           "whole": {"type": ["integer", "null"], "x-merge": "sum"},
           "least": {"type": ["number", "null"], "x-bson": "decimal", "x-merge": "min"},
           "most": {"type": ["number", "null"], "x-merge": "max"},
           "log": {"type": ["array", "null"], "x-merge": "append"},
           "first": {"x-merge": "firstWins"}}}
        """

    /// The shipped definitions and one more, given as the text of its file.
    package static func catalogs(with definition: String) throws -> Catalogs {
        try catalogs.adding(files: [DefinitionFile(name: "definition.json", bytes: Array(definition.utf8))])
    }

    /// 2026-01-01T00:00:00Z in milliseconds.
    package static let now: Int64 = 1_767_225_600_000

    package static func delivery(
        _ body: String, number: UInt64 = 1, channel: UInt64 = 1, messageId: String? = nil, redelivered: Bool = false
    ) -> Delivery {
        delivery(Array(body.utf8), number: number, channel: channel, messageId: messageId, redelivered: redelivered)
    }

    package static func delivery(
        _ body: [UInt8], number: UInt64 = 1, channel: UInt64 = 1, messageId: String? = nil, redelivered: Bool = false
    ) -> Delivery {
        var properties = MessageProperties()
        properties.messageId = messageId.map { ByteString($0) }
        return Delivery(
            tag: DeliveryTag(channel: channel, number: number), queue: "q", body: body, isRedelivered: redelivered,
            properties: properties)
    }

    /// A request as its listener delivers it: each on a channel of its own.
    package static func request(
        _ body: String, number: UInt64 = 1, key: String, method: String = "POST", path: String = "/brands",
        parameters: [RequestField] = [], headers: [RequestField] = [], keepsDeadLetters: Bool = false
    ) -> Delivery {
        var properties = MessageProperties()
        properties.messageId = ByteString(key)
        properties.headers = headers.map { MessageProperties.Header(name: $0.name, value: .string($0.value)) }
        return Delivery(
            tag: DeliveryTag(channel: number, number: 1), queue: "http:test", body: Array(body.utf8),
            isRedelivered: false, properties: properties,
            request: RequestFacts(
                method: method, path: path, parameters: parameters, keepsDeadLetters: keepsDeadLetters))
    }

    package static func prepare(
        _ delivery: Delivery, limits: Limits = Limits(), companies: [String] = [], versionField: ByteString? = nil
    ) -> PreparedMessage {
        let message = MessageDecoder(limits: limits, companies: companies).decode(
            delivery, catalogs: catalogs, now: now)
        return ItemPreparer(limits: limits, versionField: versionField).prepare(message)
    }

    /// As a route does: the first part of a message.
    package static func begin(
        _ delivery: Delivery, limits: Limits, versionField: ByteString? = nil
    ) -> PreparedMessage {
        ItemPreparer(limits: limits, versionField: versionField).begin(
            MessageDecoder(limits: limits).decode(delivery, catalogs: catalogs, now: now))
    }

    private static let numbers = Numbers()

    package static var environment: GatewayEnvironment {
        GatewayEnvironment(
            now: { now }, seed: { numbers.next() << 16 },
            sleep: { _ in
                await Task.yield(); try Task.checkCancellation()
            })
    }
}

private final class Numbers: Sendable {
    private let count = Atomic<UInt64>(0)

    func next() -> UInt64 { count.wrappingAdd(1, ordering: .relaxed).newValue }
}
