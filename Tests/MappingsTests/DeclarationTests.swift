import JSON
@testable import Mappings
import Testing

/// `declare:` of sources, targets and feeds: exchanges, queues and bindings.
@Suite struct DeclarationTests {
    private static func compile(_ text: String, settings: [String: String] = [:]) -> (
        table: RouteTable?, mistakes: [String]
    ) {
        let context = MappingContext(settings: ["rabbitMQ.endpointName"], setting: { settings[$0] })
        let (table, mistakes) = MappingCompiler.compile(files: [("m.yaml", text)], context: context)
        return (
            table,
            mistakes.map { "\($0.severity == .hint ? "hint " : "")\($0.position) \($0.rule): \($0.message)" }
        )
    }

    private static func source(_ declare: String) -> String {
        "routes:\n  r:\n    from: { amqp: { queue: a, declare: \(declare) } }\n    message: catalog\n"
    }

    private static func target(_ amqp: String) -> String {
        "routes:\n  r:\n    from: { amqp: { queue: a } }\n    message: catalog\n    to: { amqp: \(amqp) }\n"
    }

    private static func exchangeTarget(_ declare: String) -> String {
        target("{ exchange: x, routingKey: k, declare: \(declare) }")
    }

    private static func feed(_ amqp: String) -> String {
        "routes:\n  f:\n    from: { mongodb: { collection: c, every: 1m, progress: snapshot } }\n    message: document\n"
            + "    to: { amqp: \(amqp) }\n"
    }

    // MARK: What it becomes

    private static let orders: DeclaredTopology = {
        var topology = DeclaredTopology()
        topology.exchanges = [
            ExchangeDeclaration(
                policy: .declare, name: "orders", kind: .topic, isDurable: false, isAutoDelete: true, isInternal: false,
                arguments: [("alternate-exchange", .text("lost"))]),
            ExchangeDeclaration(policy: .declare, name: "lost", kind: .fanout, isInternal: true),
        ]
        topology.queues = [
            .init(
                name: "lost.all",
                declaration: QueueDeclaration(
                    policy: .declare, isDurable: true, arguments: [("x-queue-type", .text("quorum"))],
                    bindings: [DeclaredBinding(exchange: "lost", routingKey: "", arguments: [])]))
        ]
        return topology
    }()

    private static let topology = """
        exchanges:
                    - { name: orders, type: topic, durable: false, autoDelete: true, arguments: { alternate-exchange: lost } }
                    - { name: lost, type: fanout, internal: true }
                  queues:
                    - { name: lost.all, arguments: { x-queue-type: quorum }, bindings: [{ exchange: lost }] }
        """

    @Test func `a source binds its queues and declares exchanges and further queues`() throws {
        let (table, mistakes) = Self.compile(
            """
            routes:
              r:
                from:
                  amqp:
                    queues: [a, b]
                    declare:
                      \(Self.topology)
                      arguments: { x-max-priority: 5 }
                      bindings:
                        - { exchange: orders, routingKey: order.* }
                        - { exchange: amq.headers, arguments: { x-match: any, region: north, level: 1, new: true } }
                message: catalog
            """)
        #expect(mistakes == [])
        guard case .amqp(let source) = try #require(table?.routes.first).from else { return }
        #expect(source.topology == Self.orders)
        #expect(
            source.declaration
                == QueueDeclaration(
                    policy: .declare, isDurable: true, arguments: [("x-max-priority", .integer(5))],
                    bindings: [
                        DeclaredBinding(exchange: "orders", routingKey: "order.*", arguments: []),
                        DeclaredBinding(
                            exchange: "amq.headers", routingKey: "",
                            arguments: [
                                ("x-match", .text("any")), ("region", .text("north")), ("level", .integer(1)),
                                ("new", .bool(true)),
                            ]),
                    ]))
    }

    @Test("a route's and a feed's exchange take the same words", arguments: [false, true])
    func targets(isFeed: Bool) throws {
        let amqp = """

                  amqp:
                    exchange: orders
                    routingKey: order.paid
                    declare:
                      \(Self.topology)
            """
        let from = isFeed ? "{ mongodb: { collection: c, every: 1m, progress: snapshot } }" : "{ amqp: { queue: a } }"
        let (table, mistakes) = Self.compile(
            "routes:\n  r:\n    from: \(from)\n    message: \(isFeed ? "document" : "catalog")\n    to:\(amqp)\n")
        #expect(mistakes == [])
        let posting = isFeed ? table?.feeds.first?.target : table?.routes.first?.shapes.first?.postings.first
        #expect(posting?.topology == Self.orders)
        #expect(posting?.declaration == nil)
    }

    @Test func `a queue that is published to is bound too, and names come from the environment`() throws {
        let context = MappingContext(
            settings: [],
            expand: { .success($0.replacing("${EXCHANGE}", with: "tasks").replacing("${KEY}", with: "update")) })
        let text = Self.target(
            "{ queue: b, declare: { exchanges: [{ name: \"${EXCHANGE}\", type: topic }],"
                + " bindings: [{ exchange: \"${EXCHANGE}\", routingKey: \"${KEY}\" }] } }")
        let (table, mistakes) = MappingCompiler.compile(files: [("m.yaml", text)], context: context)
        #expect(mistakes.isEmpty, "\(mistakes)")
        let posting = try #require(table?.routes.first?.shapes.first?.postings.first)
        #expect(
            posting.declaration?.bindings
                == [DeclaredBinding(exchange: "tasks", routingKey: "update", arguments: [])])
        #expect(posting.topology.exchanges.map(\.name) == ["tasks"])
    }

    @Test("passive names alone, assert without bindings", arguments: ["passive", "assert"])
    func policies(policy: String) throws {
        let type = policy == "passive" ? "" : ", type: direct"
        let declare = "{ policy: \(policy), exchanges: [{ name: x\(type) }], queues: [{ name: q }] }"
        for text in [
            Self.source(declare), Self.exchangeTarget(declare),
            Self.feed("{ exchange: x, routingKey: k, declare: \(declare) }"),
        ] {
            let (table, mistakes) = Self.compile(text)
            #expect(mistakes == [] && table != nil)
        }
    }

    // MARK: Mistakes

    @Test(
        "what the broker would refuse is refused, with its place and remedy",
        arguments: [
            ("{ exchanges: [{ name: amq.topic, type: topic }] }", "exchange-name: names that begin with 'amq.'"),
            ("{ exchanges: [{ name: amq.own, type: topic }] }", "exchange-name: names that begin with 'amq.'"),
            ("{ exchanges: [{ name: \"\", type: direct }] }", "exchange-name: the default exchange is always there"),
            (
                "{ exchanges: [{ name: \(String(repeating: "x", count: 256)), type: direct }] }",
                "exchange-name: name: expected 1 to 255 bytes"
            ),
            ("{ exchanges: [{ name: x }] }", "missing-field: the exchange 'x' needs 'type:'"),
            ("{ exchanges: [{ type: direct }] }", "missing-field: an exchange needs 'name:'"),
            (
                "{ exchanges: [{ name: x, type: tpoic }] }",
                "type: type: expected 'direct' or 'topic' or 'fanout' or 'headers', found 'tpoic' (did you mean 'topic'?)"
            ),
            ("{ exchanges: [{ name: x, type: x-delayed-message }] }", "type: type: expected 'direct'"),
            (
                "{ exchanges: [{ name: x, type: topic, autodelete: true }] }",
                "unknown-field: unknown field 'autodelete' (did you mean 'autoDelete'?)"
            ),
            ("{ exchanges: [{ name: x, type: topic, durable: yes }] }", "type: durable: expected true or false"),
            (
                "{ exchanges: [{ name: x, type: topic, arguments: { alternate-exchnage: y } }] }",
                "exchange-argument: RabbitMQ knows no argument 'alternate-exchnage' (did you mean 'alternate-exchange'?)"
            ),
            (
                "{ exchanges: [{ name: x, type: topic, arguments: { alternate-exchange: 5 } }] }",
                "exchange-argument: alternate-exchange: expected a text"
            ),
            (
                "{ exchanges: [{ name: x, type: topic }, { name: x, type: topic }] }",
                "declared-twice: the exchange 'x' is in the list already"
            ),
            (
                "{ policy: passive, exchanges: [{ name: x, type: topic }] }",
                "misplaced-field: with 'policy: passive' the exchange is taken as it is"
            ),
            ("{ exchanges: [] }", "empty: exchanges: expected at least one element"),
            ("{ queues: [{ name: amq.gen-1 }] }", "queue-name: names that begin with 'amq.'"),
            (
                "{ queues: [{ name: q }, { name: q, durable: false }] }",
                "declared-twice: the queue 'q' is in the list already"
            ),
            ("{ queues: [{ durable: true }] }", "missing-field: a queue needs 'name:'"),
            (
                "{ queues: [{ name: q, durable: false, arguments: { x-queue-type: quorum } }] }",
                "queue-argument: durable: a quorum queue is always durable"
            ),
            (
                "{ queues: [{ name: q, arguments: { x-mesage-ttl: 1 } }] }",
                "queue-argument: RabbitMQ knows no argument 'x-mesage-ttl'"
            ),
            (
                "{ policy: passive, queues: [{ name: q, durable: true }] }",
                "misplaced-field: with 'policy: passive' the queue is taken as it is"
            ),
            (
                "{ policy: passive, queues: [{ name: q, bindings: [{ exchange: x }] }] }",
                "misplaced-field: AMQP cannot ask whether a queue is bound"
            ),
            (
                "{ policy: assert, queues: [{ name: q, bindings: [{ exchange: x }] }] }",
                "misplaced-field: AMQP cannot ask whether a queue is bound"
            ),
            (
                "{ queues: [{ name: q, bindings: [{ exchange: \"\", routingKey: q }] }] }",
                "exchange-name: every queue is bound to the default exchange by its name"
            ),
            ("{ queues: [{ name: q, bindings: [{ routingKey: q }] }] }", "missing-field: a binding needs 'exchange:'"),
            ("{ queues: [{ name: q, bindings: [] }] }", "empty: bindings: expected at least one element"),
            (
                "{ queues: [{ name: q, bindings: [{ exchange: y }, { exchange: y }] }] }",
                "declared-twice: this binding is in the list already"
            ),
            (
                "{ queues: [{ name: q, bindings: [{ exchange: y, routingKey: \(String(repeating: "k", count: 256)) }] }] }",
                "routing-key: routingKey: AMQP allows 255 bytes, found 256"
            ),
            (
                "{ queues: [{ name: q, bindings: [{ exchange: y, arguments: { x-match: some } }] }] }",
                "binding-argument: x-match: expected all or any"
            ),
            (
                "{ queues: [{ name: q, bindings: [{ exchange: y, arguments: { a: { b: 1 } } }] }] }",
                "type: a: expected a text, a number, true, false or a list"
            ),
            (
                "{ queues: [{ name: q, arguments: { x-dead-letter-exchange: y }, bindings: [{ exchange: y, routingKey: a.* }] }] }",
                "dead-letter-loop: what the broker drops from this queue would come back"
            ),
            (
                "{ exchanges: [{ name: y, type: topic }], queues: [{ name: q, arguments: { x-dead-letter-exchange: y, x-dead-letter-routing-key: a.b }, bindings: [{ exchange: y, routingKey: a.* }] }] }",
                "dead-letter-loop: what the broker drops from this queue would come back"
            ),
            (
                "{ exchanges: [{ name: y, type: fanout }], queues: [{ name: q, arguments: { x-dead-letter-exchange: y, x-dead-letter-routing-key: z }, bindings: [{ exchange: y }] }] }",
                "dead-letter-loop: what the broker drops from this queue would come back"
            ),
        ] as [(String, String)])
    func mistakes(declare: String, expected: String) {
        for text in [
            Self.source(declare), Self.target("{ queue: b, declare: \(declare) }"), Self.exchangeTarget(declare),
            Self.feed("{ exchange: x, routingKey: k, declare: \(declare) }"),
        ] {
            let (table, mistakes) = Self.compile(text)
            #expect(table == nil)
            let found = mistakes.first { $0.contains(" \(expected)") }
            let line = text.split(separator: "\n").firstIndex { $0.contains("declare:") }.map { $0 + 1 } ?? 0
            #expect(found?.hasPrefix("\(line):") == true, "\(mistakes)")
        }
    }

    @Test(
        "what belongs to a queue or to an exchange is distinguished",
        arguments: [
            (
                exchangeTarget("{ durable: true, queues: [{ name: q }] }"),
                "5:58 misplaced-field: 'durable:' belongs to a queue"
            ),
            (
                exchangeTarget("{ arguments: {}, queues: [{ name: q }] }"),
                "5:58 misplaced-field: 'arguments:' belongs to a queue"
            ),
            (
                exchangeTarget("{ bindings: [{ exchange: x }], queues: [{ name: q }] }"),
                "5:58 misplaced-field: 'bindings:' belongs to a queue"
            ),
            (
                exchangeTarget("{ policy: assert }"),
                "5:56 missing-field: 'declare' beside 'exchange:' needs 'exchanges:', 'queues:' or both"
            ),
            (
                exchangeTarget("{ exchanges: [{ name: x, type: topic, internal: true }] }"),
                "5:94 internal-exchange: nothing can be published to an internal exchange"
            ),
            (source("{ queues: [{ name: a }] }"), "3:59 declared-twice: 'a' is the queue beside 'declare:'"),
            (
                target("{ queue: b, declare: { queues: [{ name: b }] } }"),
                "5:57 declared-twice: 'b' is the queue beside 'declare:'"
            ),
            (
                source("{ policy: assert, bindings: [{ exchange: x }] }"),
                "3:58 misplaced-field: AMQP cannot ask whether a queue is bound"
            ),
            (
                source("{ bindings: [{ exchange: \"\" }] }"),
                "3:65 exchange-name: every queue is bound to the default exchange"
            ),
            (
                source("{ arguments: { x-dead-letter-exchange: x }, bindings: [{ exchange: x }] }"),
                "3:79 dead-letter-loop: what the broker drops"
            ),
        ] as [(String, String)])
    func places(text: String, expected: String) {
        let (table, mistakes) = Self.compile(text)
        #expect(table == nil)
        #expect(mistakes.contains { $0.hasPrefix(expected) }, "\(mistakes)")
    }

    @Test(
        "a routing key that cannot mean what it says is a hint",
        arguments: [
            ("topic", "order*", 1), ("topic", "order.#x", 1), ("topic", "order.*", 0), ("topic", "#", 0),
            ("topic", "order.paid", 0), ("direct", "order.*", 1), ("direct", "order.paid", 0), ("fanout", "order*", 0),
        ] as [(String, String, Int)])
    func routingKeys(type: String, key: String, count: Int) {
        let (table, mistakes) = Self.compile(
            Self.source(
                "{ exchanges: [{ name: x, type: \(type) }], bindings: [{ exchange: x, routingKey: \"\(key)\" }] }"))
        #expect(table != nil)
        #expect(
            mistakes.count == count && mistakes.allSatisfy { $0.hasPrefix("hint 3:") && $0.contains("routing-key") },
            "\(mistakes)")
    }

    // MARK: Contradictions

    /// Each differs from the first in the property that it is named by.
    private static let exchanges = [
        ("", "type: topic"), ("type", "type: direct"), ("durable", "type: topic, durable: false"),
        ("autoDelete", "type: topic, autoDelete: true"), ("internal", "type: topic, internal: true"),
        ("argument alternate-exchange", "type: topic, arguments: { alternate-exchange: z }"),
    ]
    private static let queues = [
        ("", "arguments: { x-max-priority: 5 }"), ("durable", "arguments: { x-max-priority: 5 }, durable: false"),
        ("argument x-max-priority", "arguments: { x-max-priority: 6 }"), ("argument x-max-priority", "durable: true"),
        ("argument x-message-ttl", "arguments: { x-max-priority: 5, x-message-ttl: 1 }"),
    ]

    private static func pair(_ kind: String, _ first: String, _ second: String, isSource: Bool = false) -> String {
        let declare = { (words: String) in "{ \(kind): [{ name: y, \(words) }] }" }
        let own = isSource ? "a, declare: \(declare(first))" : "a"
        let to = isSource ? "" : "    to: { amqp: { exchange: x, routingKey: k, declare: \(declare(first)) } }\n"
        return "routes:\n  r:\n    from: { amqp: { queue: \(own) } }\n    message: catalog\n\(to)"
            + "  f:\n    from: { mongodb: { collection: c, every: 1m, progress: snapshot } }\n    message: document\n"
            + "    to: { amqp: { exchange: w, routingKey: k, declare: \(declare(second)) } }\n"
    }

    @Test("two places that declare one thing differently are a mistake with both places", arguments: [false, true])
    func contradictions(isSource: Bool) {
        for (kind, noun, all) in [("exchanges", "exchange", Self.exchanges), ("queues", "queue", Self.queues)] {
            for (property, words) in all {
                for (first, second) in [(all[0].1, words), (words, all[0].1)] {
                    let (table, mistakes) = Self.compile(Self.pair(kind, first, second, isSource: isSource))
                    let wrong = mistakes.filter { $0.contains(" declared-otherwise: ") }
                    #expect((table == nil) == !property.isEmpty, "\(mistakes)")
                    #expect(wrong.count == (property.isEmpty ? 0 : 1), "\(mistakes)")
                    guard let one = wrong.first else { continue }
                    let (line, other) = isSource ? (8, 3) : (9, 5)
                    #expect(one.hasPrefix("\(line):"), "\(one)")
                    #expect(one.contains("the \(noun) 'y' is declared otherwise at m.yaml:\(other):"), "\(one)")
                    #expect(one.contains(": \(property) is "), "\(one)")
                }
            }
        }
    }

    @Test func `the order of arguments does not matter, nor does a passive look`() {
        let (first, second) = (
            "arguments: { x-max-priority: 5, x-message-ttl: 1 }", "arguments: { x-message-ttl: 1, x-max-priority: 5 }"
        )
        #expect(Self.compile(Self.pair("queues", first, second)).mistakes == [])
        // The broker takes a queue without a type for the like.
        #expect(
            Self.compile(Self.pair("queues", "arguments: { x-queue-type: classic }", "durable: true")).mistakes == [])
        let (table, mistakes) = Self.compile(
            Self.exchangeTarget("{ exchanges: [{ name: y, type: topic }] }")
                + Self.feed(
                    "{ exchange: y, routingKey: k, declare: { policy: passive, exchanges: [{ name: y }] } }"
                ).replacing("routes:\n", with: ""))
        #expect(table != nil && mistakes == [])
    }

    @Test func `brokers that are not the same may differ`() {
        let text = Self.pair("exchanges", Self.exchanges[0].1, Self.exchanges[1].1, isSource: true)
        #expect(Self.compile(text).table == nil)
        let other = Self.compile(text, settings: ["rabbitMQ.producer.host": "other"])
        #expect(other.table != nil && other.mistakes == [])
    }

    @Test func `a queue that is read without a declaration and declared elsewhere is a hint at the reader`() {
        func mistakes(_ arguments: String) -> [String] {
            Self.compile(
                Self.exchangeTarget("{ queues: [{ name: b, \(arguments) }] }")
                    + "  s:\n    from: { amqp: { queue: b } }\n    message: catalog\n"
            ).mistakes
        }
        let found = mistakes("arguments: { x-queue-type: quorum }")
        #expect(
            found.count == 1
                && found[0].hasPrefix("hint 7:28 declared-otherwise: the queue 'b' is declared at m.yaml:5:"),
            "\(found)")
        #expect(mistakes("durable: true") == [])
    }

    // MARK: Loops

    @Test(
        "a message that comes back through an exchange is a loop, as far as the bindings are declared",
        arguments: [
            ("topic", "k.*", "k.x", true), ("topic", "#", "{ path: .code }", true),
            ("topic", "k.*", "{ path: .code }", false),
            ("topic", "k.*", "l.x", false), ("direct", "k", "k", true), ("direct", "k", "l", false),
            ("fanout", "", "l", true), ("fanout", "", "{ path: .code }", true), ("headers", "", "k", false),
        ] as [(String, String, String, Bool)])
    func loops(type: String, binding: String, key: String, isLoop: Bool) {
        let bind = "bindings: [{ exchange: x, routingKey: \"\(binding)\" }]"
        let texts = [
            // Declared by the reader, by the publisher, and by somebody else.
            "from: { amqp: { queue: a, declare: { exchanges: [{ name: x, type: \(type) }], \(bind) } } }\n    message: catalog\n"
                + "    to: { amqp: { exchange: x, routingKey: \(key) } }",
            "from: { amqp: { queue: a } }\n    message: catalog\n    to: { amqp: { exchange: x, routingKey: \(key),"
                + " declare: { exchanges: [{ name: x, type: \(type) }], queues: [{ name: a, \(bind) }] } } }",
        ]
        for text in texts {
            let (table, mistakes) = Self.compile("routes:\n  r:\n    \(text)\n")
            #expect(
                mistakes.contains { $0.contains(" loop: messages from the queue a come back") } == isLoop, "\(mistakes)"
            )
            #expect((table == nil) == isLoop)
        }
    }

    // MARK: Patterns

    /// By the definition, word by word.
    private static func matches(_ pattern: ArraySlice<String>, _ key: ArraySlice<String>) -> Bool {
        guard let word = pattern.first else { return key.isEmpty }
        if word == "#" {
            return matches(pattern.dropFirst(), key) || (!key.isEmpty && matches(pattern, key.dropFirst()))
        }
        guard let first = key.first else { return false }
        return (word == "*" || word == first) && matches(pattern.dropFirst(), key.dropFirst())
    }

    private static func texts(of words: [String], upTo length: Int) -> [[String]] {
        var all: [[String]] = [[]]
        var last = all
        for _ in 0..<length {
            last = last.flatMap { text in words.map { text + [$0] } }
            all += last
        }
        return all
    }

    @Test func `a topic pattern takes what its definition says, for all short patterns and keys`() {
        for pattern in Self.texts(of: ["a", "b", "*", "#"], upTo: 4) {
            for key in Self.texts(of: ["a", "b"], upTo: 4) {
                let expected = Self.matches(pattern[...], key[...])
                let found = TopicPattern(pattern.joined(separator: ".")).matches(key.joined(separator: "."))
                #expect(found == expected, "\(pattern) \(key)")
            }
        }
        #expect(TopicPattern("a..b").matches("a..b") && !TopicPattern("a.b").matches("a..b"))
        #expect(
            TopicPattern("a.*.b").matches("a..b")
                && TopicPattern(String(repeating: "#.", count: 100) + "x").matches("y.x"))
    }
}
