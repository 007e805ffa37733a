import Contracts
import Mappings
import RabbitMQ
import Service
import Testing

/// What is declared for a source or target, as items for the broker.
@Suite struct TopologyItemTests {
    private static let topic = ExchangeProperties(kind: "topic")

    private static func table(_ routes: String) throws -> RouteTable {
        let (table, mistakes) = MappingCompiler.compile(files: [("m.yaml", "routes:\n" + routes)], settings: [])
        return try #require(table, "\(mistakes)")
    }

    @Test func `exchanges come first, then queues, then bindings, each with its properties`() throws {
        let table = try Self.table(
            """
              r:
                from:
                  amqp:
                    queue: a
                    declare:
                      bindings: [{ exchange: x, routingKey: k, arguments: { n: 1, b: true, t: text } }]
                      exchanges: [{ name: x, type: topic, durable: false, autoDelete: true, internal: true, arguments: { alternate-exchange: y } }]
                      queues: [{ name: q, durable: false, bindings: [{ exchange: y }] }]
                message: catalog
            """)
        guard case .amqp(let source) = try #require(table.routes.first).from else { return }
        let items = TopologyItem.all(of: ["a", "b"], source.declaration, source.topology)
        let exchange = ExchangeProperties(
            kind: "topic", isDurable: false, isAutoDelete: true, isInternal: true,
            arguments: [.init(name: "alternate-exchange", value: .string("y"))])
        func bound(_ queue: String) -> TopologyItem {
            .binding(
                QueueBinding(
                    queue: queue, exchange: "x", routingKey: "k",
                    arguments: [
                        .init(name: "n", value: .integer(1)), .init(name: "b", value: .bool(true)),
                        .init(name: "t", value: .string("text")),
                    ]))
        }
        #expect(
            items == [
                .exchange("x", .declare(exchange)), .queue("a", .declare(QueueProperties())),
                .queue("b", .declare(QueueProperties())), .queue("q", .declare(QueueProperties(isDurable: false))),
                bound("a"), bound("b"), .binding(QueueBinding(queue: "q", exchange: "y")),
            ])
    }

    @Test func `each thing is there once, by the policy that does most`() {
        let binding = TopologyItem.binding(QueueBinding(queue: "q", exchange: "x", routingKey: "k"))
        let other = TopologyItem.binding(
            QueueBinding(
                queue: "q", exchange: "x", routingKey: "k", arguments: [.init(name: "n", value: .integer(1))]))
        let policies: [ExchangePolicy] = [.passive, .assert(Self.topic), .declare(Self.topic)]
        for (index, policy) in policies.enumerated() {
            for (second, again) in policies.enumerated() {
                let merged = TopologyItem.merged([
                    binding, .exchange("x", policy), .queue("q", .passive), other, binding, .exchange("x", again),
                    .queue("q", .declare(QueueProperties())),
                ])
                #expect(
                    merged == [
                        .exchange("x", policies[max(index, second)]), .queue("q", .declare(QueueProperties())), binding,
                        other,
                    ])
            }
        }
    }
}
