import JSON
import Mappings
import Testing

/// `to:` of routes and feeds.
@Suite struct TargetTests {
    private func mistakes(_ to: String) -> [String] {
        Mapping(
            """
            routes:
              r:
                from: { amqp: { queue: a } }
                message: catalog
                to: \(to)
            """
        ).mistakes.map { "\($0.position.line):\($0.position.column) \($0.rule): \($0.message)" }
    }

    @Test(
        "a target that could never post, or not there, is reported with its place",
        arguments: [
            (
                "{ amqp: { exchange: \(String(repeating: "x", count: 256)), routingKey: k } }",
                "5:29 exchange-name: exchange: expected a name of 1 to 255 bytes, found 256"
            ),
            ("{ amqp: { queue: b, body: {} } }", "5:35 target: body: expected 'catalog', 'item' or fields"),
            ("{ amqp: { queue: b, outcomes: [] } }", "5:39 target: outcomes: with none nothing ever happens"),
            ("{ amqp: { queue: a } }", "5:17 loop: messages from the queue a come back to it forever"),
        ])
    func mistakes(to: String, expected: String) {
        let found = mistakes(to)
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    private func feed(_ to: String) -> Mapping {
        Mapping(
            """
            routes:
              f:
                from: { mongodb: { collection: c, every: 1m, progress: snapshot } }
                message: document
                to: \(to)
            """)
    }

    @Test(
        "a setting names a feed's queue, in a list of targets too",
        arguments: [
            "{ amqp: { queue: { setting: rabbitMQ.endpointName } } }",
            "[{ amqp: { queue: { setting: rabbitMQ.endpointName } } }]",
        ])
    func setting(to: String) throws {
        let mapping = feed(to)
        #expect(mapping.mistakes.isEmpty)
        #expect(try #require(mapping.table).feeds.first?.target.queueSetting == "rabbitMQ.endpointName")
    }

    @Test(
        "a feed's target says nothing of items",
        arguments: ["{ amqp: { queue: b, body: item } }", "[{ amqp: { queue: b, outcomes: [inserted] } }]"])
    func ofItems(to: String) {
        #expect(feed(to).mistakes.map(\.rule) == ["misplaced-field"])
    }

    // MARK: Loops

    @Test func `a loop over several routes is told once, at its last step`() {
        let found = Mapping(
            """
            routes:
              one:
                from: { amqp: { queue: a } }
                message: catalog
                to: { amqp: { queue: b } }
              two:
                from: { amqp: { queue: b } }
                message: catalog
                to: [mongodb, { amqp: { queue: a } }]
            """
        ).mistakes.filter { $0.rule == "loop" }
        #expect(found.map(\.position.line) == [9])
        #expect(found.first?.message.contains("route 'one' → queue b, route 'two' → queue a") == true)
    }

    @Test func `a loop over a collection that a feed reads is found`() {
        let found = Mapping(
            """
            routes:
              in:
                from: { amqp: { queue: a } }
                definition: catalogBrand
                message: { items: "$[*]", companyId: c, operation: IU, fields: { code: .c, name: .n } }
              out:
                from: { mongodb: { collection: brand, every: 1m, progress: snapshot } }
                message: document
                to: { amqp: { queue: a } }
            """, checks: true
        ).mistakes.filter { $0.rule == "loop" }
        #expect(found.count == 1)
    }

    @Test func `routes that end somewhere make no loop, and neither does an exchange`() {
        let found = Mapping(
            """
            routes:
              one:
                from: { amqp: { queue: a } }
                message: catalog
                to: [{ amqp: { queue: c } }, { amqp: { exchange: x, routingKey: a } }]
              two:
                from: { amqp: { queue: b } }
                message: catalog
                to: { amqp: { queue: c } }
            """
        ).mistakes
        #expect(found.isEmpty)
    }
}
