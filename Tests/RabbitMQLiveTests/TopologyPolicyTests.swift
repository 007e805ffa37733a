import Contracts
import Foundation
import RabbitMQ
import Testing

extension RabbitMQLiveTests {
    @Suite("exchanges, queues and bindings must be as they are declared")
    struct TopologyPolicies {
        /// Runs `body` in a virtual host of its own, which is gone afterwards with everything in it.
        private static func withVirtualHost(_ body: (BrokerAddress) async throws -> Void) async throws {
            let name = "test-" + UUID().uuidString
            let address = try LiveBroker.address(virtualHost: name)
            try await LiveBroker.control("add_vhost", name)
            do {
                try await LiveBroker.control("set_permissions", "-p", name, address.username, ".*", ".*", ".*")
                try await body(address)
                try await LiveBroker.control("delete_vhost", name)
            } catch {
                _ = try? await LiveBroker.control("delete_vhost", name)
                throw error
            }
        }

        /// What is at the broker before.
        private struct There: Sendable {
            let name: String
            /// Nil: nothing.
            let item: TopologyItem?
            /// What differs, as the broker names it; nil: nothing.
            let difference: String?
        }

        private static func word(_ result: Result<Bool, AMQPError>) -> String {
            switch result {
            case .success(let isNew): isNew ? "made" : "taken"
            case .failure(let error): "\(error.number)"
            }
        }

        private static func expect(
            _ results: [Result<Bool, AMQPError>], of there: [There], _ kind: String, _ policy: String
        ) {
            for (result, there) in zip(results, there) {
                let expected =
                    switch (policy, there.item, there.difference) {
                    case ("declare", nil, _): "made"
                    case (_, nil, _): "404"
                    case ("passive", _, _), (_, _, nil): "taken"
                    default: "406"
                    }
                #expect(word(result) == expected, "\(policy) \(there.name): \(result)")
                guard case .failure(let error) = result else { continue }
                if expected == "404" {
                    #expect(error.message.contains("no \(kind) '\(there.name)'"), "\(error.message)")
                    #expect(error.message.contains("waiting until it is created"), "\(error.message)")
                } else {
                    let property = there.difference ?? ""
                    #expect(error.message.contains("inequivalent arg '\(property)'"), "\(error.message)")
                    #expect(error.message.contains("write 'policy: passive'"), "\(error.message)")
                    #expect(error.message.contains("declaration of the \(kind) '\(there.name)'"), "\(error.message)")
                }
            }
        }

        @Test(
            "every type, durable, auto-delete, internal and argument, by every policy", .enabled(if: LiveBroker.isOurs))
        func exchanges() async throws {
            func argument(_ value: String?) -> [MessageProperties.Header] {
                value.map { [.init(name: "alternate-exchange", value: .string($0))] } ?? []
            }
            var wanted: [ExchangeProperties] = []
            var all: [There] = []
            let kinds = ["direct", "topic", "fanout", "headers"]
            for (number, kind) in kinds.enumerated() {
                for bits in 0..<16 {
                    let properties = ExchangeProperties(
                        kind: kind, isDurable: bits & 1 != 0, isAutoDelete: bits & 2 != 0, isInternal: bits & 4 != 0,
                        arguments: argument(bits & 8 != 0 ? "other" : nil))
                    var others: [(String?, ExchangeProperties)] = [(nil, properties)]
                    func other(_ difference: String, _ change: (inout ExchangeProperties) -> Void) {
                        var changed = properties
                        change(&changed)
                        others.append((difference, changed))
                    }
                    other("type") { $0.kind = kinds[(number + 1) % 4] }
                    other("durable") { $0.isDurable.toggle() }
                    other("auto_delete") { $0.isAutoDelete.toggle() }
                    other("internal") { $0.isInternal.toggle() }
                    other("alternate-exchange") { $0.arguments = argument(bits & 8 != 0 ? nil : "other") }
                    other("alternate-exchange") { $0.arguments = argument("third") }
                    wanted.append(properties)
                    all.append(There(name: "\(kind)-\(bits)-none", item: nil, difference: nil))
                    for (index, (difference, there)) in others.enumerated() {
                        let name = "\(kind)-\(bits)-\(index)"
                        wanted.append(properties)
                        all.append(There(name: name, item: .exchange(name, .declare(there)), difference: difference))
                    }
                }
            }
            #expect(all.count == 512)
            try await Self.withVirtualHost { address in
                let topology = Topology(address: address)
                let made = try await topology.ensure(all.compactMap(\.item))
                #expect(made.allSatisfy { Self.word($0) == "made" })
                for policy in ["passive", "assert", "declare"] {
                    let items = zip(all, wanted).map { there, properties in
                        TopologyItem.exchange(
                            there.name,
                            policy == "passive"
                                ? .passive : policy == "assert" ? .assert(properties) : .declare(properties))
                    }
                    Self.expect(try await topology.ensure(items), of: all, "exchange", policy)
                }
                // What was missing is there now, and nothing else has changed.
                let after = try await topology.ensure(
                    zip(all, wanted).map { there, properties in
                        there.item ?? .exchange(there.name, .assert(properties))
                    })
                #expect(after.allSatisfy { Self.word($0) == "taken" })
            }
        }

        @Test("every durable and argument of a queue, by every policy", .enabled(if: LiveBroker.isOurs))
        func queues() async throws {
            func header(_ name: String, _ value: HeaderValue) -> MessageProperties.Header {
                .init(name: name, value: value)
            }
            let quorum = header("x-queue-type", .string("quorum"))
            let shapes: [QueueProperties] = [
                QueueProperties(), QueueProperties(isDurable: false),
                QueueProperties(arguments: [header("x-max-length", .integer(5))]),
                QueueProperties(arguments: [header("x-dead-letter-exchange", .string("dead"))]),
                QueueProperties(arguments: [quorum]),
            ]
            // A queue without a type is classic.
            let classic = QueueProperties(arguments: [header("x-queue-type", .string("classic"))])
            let differences = ["", "durable", "x-max-length", "x-dead-letter-exchange", "x-queue-type"]
            var wanted: [QueueProperties] = []
            var all: [There] = []
            for (number, properties) in shapes.enumerated() {
                wanted.append(properties)
                all.append(There(name: "q-\(number)-none", item: nil, difference: nil))
                for (index, there) in shapes.enumerated() where index == number || index == 0 || number == 0 {
                    let name = "q-\(number)-\(index)"
                    wanted.append(properties)
                    all.append(
                        There(
                            name: name, item: .queue(name, .declare(there)),
                            difference: index == number ? nil : differences[max(index, number)]))
                }
            }
            try await Self.withVirtualHost { address in
                let topology = Topology(address: address)
                let made = try await topology.ensure(all.compactMap(\.item))
                #expect(made.allSatisfy { Self.word($0) == "made" })
                for policy in ["passive", "assert", "declare"] {
                    let items = zip(all, wanted).map { there, properties in
                        TopologyItem.queue(
                            there.name,
                            policy == "passive"
                                ? .passive : policy == "assert" ? .assert(properties) : .declare(properties))
                    }
                    Self.expect(try await topology.ensure(items), of: all, "queue", policy)
                }
                let typed = try await topology.ensure([
                    .queue("q-0-0", .assert(classic)), .queue("q-typed", .declare(classic)),
                    .queue("q-typed", .assert(QueueProperties())),
                ])
                #expect(typed.map(Self.word) == ["taken", "made", "taken"])
            }
        }

        @Test(
            "a queue is bound once however often, other bindings stay, and not to an exchange that is otherwise",
            .enabled(if: LiveBroker.isOurs))
        func bindings() async throws {
            try await Self.withVirtualHost { address in
                let topology = Topology(address: address)
                let right = TopologyItem.exchange("right", .declare(ExchangeProperties(kind: "headers")))
                let wrong = TopologyItem.exchange("wrong", .declare(ExchangeProperties(kind: "topic")))
                try await topology.declareExchange("wrong", kind: "fanout")
                try await topology.declareQueue("q")
                try await topology.bindQueue("q", to: "amq.topic", routingKey: "another's")
                let binding = QueueBinding(
                    queue: "q", exchange: "right", routingKey: "k",
                    arguments: [
                        .init(name: "x-match", value: .string("any")), .init(name: "level", value: .integer(1)),
                        .init(name: "new", value: .bool(true)),
                    ])
                for round in 1...3 {
                    let results = try await topology.ensure([
                        right, wrong, .binding(binding),
                        .binding(QueueBinding(queue: "q", exchange: "wrong", routingKey: "k")),
                        .binding(QueueBinding(queue: "q", exchange: "amq.direct", routingKey: "k")),
                        .binding(QueueBinding(queue: "q", exchange: "none", routingKey: "k")),
                        .binding(QueueBinding(queue: "none", exchange: "right", routingKey: "k")),
                    ])
                    #expect(
                        results.map(Self.word)
                            == [round == 1 ? "made" : "taken", "406", "taken", "taken", "taken", "404", "404"])
                    guard case .failure(let error) = results[5] else { continue }
                    #expect(error.message.contains("no exchange 'none'"), "\(error.message)")
                    #expect(error.message.contains("until both exist"), "\(error.message)")
                }
                let list = try await LiveBroker.control(
                    "list_bindings", "-p", address.virtualHost, "source_name", "destination_name", "routing_key",
                    "--quiet", "--no-table-headers")
                let lines = list.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
                #expect(
                    Set(lines.filter { $0.count == 3 && !$0[0].isEmpty })
                        == [["amq.direct", "q", "k"], ["amq.topic", "q", "another's"], ["right", "q", "k"]], "\(list)")
            }
        }

        @Test("without the permission: which one, and for what", .enabled(if: LiveBroker.isOurs))
        func permissions() async throws {
            try await Self.withVirtualHost { address in
                let topology = Topology(address: address)
                try await topology.declareExchange("x", kind: "topic")
                try await topology.declareQueue("q")
                let user = "user-" + UUID().uuidString
                try await LiveBroker.control("add_user", user, "secret")
                try await LiveBroker.control("set_permissions", "-p", address.virtualHost, user, "^$", ".*", "^$")
                let limited = Topology(
                    address: try LiveBroker.address(
                        username: user, password: "secret", virtualHost: address.virtualHost))
                let results = try await limited.ensure([
                    .exchange("x", .passive), .queue("q", .passive),
                    .exchange("x", .declare(ExchangeProperties(kind: "topic"))),
                    .exchange("new", .declare(ExchangeProperties(kind: "topic"))),
                    .queue("q2", .declare(QueueProperties())),
                ])
                #expect(results.map(Self.word) == ["taken", "taken", "403", "403", "403"])
                for (result, name) in zip(results.dropFirst(2), ["exchange 'x'", "exchange 'new'", "queue 'q2'"]) {
                    guard case .failure(let error) = result else { continue }
                    #expect(error.message.contains("\(name) needs 'configure'"), "\(error.message)")
                    #expect(error.message.contains("ACCESS_REFUSED"), "\(error.message)")
                }
                let bound = try await limited.ensure([.binding(QueueBinding(queue: "q", exchange: "x"))])
                #expect(bound.map(Self.word) == ["403"])
                if case .failure(let error) = bound[0] {
                    #expect(error.message.contains("'read' on the exchange 'x'"), "\(error.message)")
                }
                try await LiveBroker.control("delete_user", user)
            }
        }

        // MARK: Consumers

        @Test("a consumer waits for what it declares, and has it again after a wipe")
        func consumer() async throws {
            let topology = Topology(address: try LiveBroker.address())
            let exchange = "test.\(UUID().uuidString)"
            try await LiveBroker.withQueue { queue in
                var options = ConsumerOptions()
                options.backoff = Backoff(least: .milliseconds(50), most: .milliseconds(200))
                options.queuePolicy = .declare(QueueProperties())
                let properties = ExchangeProperties(kind: "topic")
                options.topology = [
                    .exchange(exchange, .declare(properties)),
                    .binding(QueueBinding(queue: queue, exchange: exchange, routingKey: "a.*")),
                ]
                try await topology.declareExchange(exchange, kind: "fanout")
                var consumer = try Consumer(queue, options: options)
                let reason = try await consumer.waitUntilDown()
                #expect(reason.contains("inequivalent arg 'type' for exchange '\(exchange)'"), "\(reason)")
                #expect(reason.contains("received 'topic' but current is 'fanout'"), "\(reason)")
                #expect(try await topology.queue(queue).consumerCount == 0)
                try await topology.deleteExchange(exchange)
                try await consumer.waitUntilUp()

                var through = Posting.numbered(1, to: "a.b")
                through.exchange = exchange
                try await LiveBroker.publish([through])
                #expect(try await consumer.deliveries(1).map(\.number) == [1])

                try await topology.deleteExchange(exchange)
                try await topology.deleteQueue(queue)
                _ = try await consumer.waitUntilDown()
                try await consumer.waitUntilUp()
                through.body = Array("2".utf8)
                try await LiveBroker.publish([through])
                #expect(try await consumer.deliveries(1).map(\.number) == [2])
                await consumer.source.close()
            }
            try await topology.deleteExchange(exchange)
        }

        // MARK: Publishers

        private static func withExchange(
            _ kind: String? = nil, _ body: (Topology, String, String, PublisherConnection) async throws -> Void
        ) async throws {
            let topology = Topology(address: try LiveBroker.address())
            let (exchange, queue) = ("test.\(UUID().uuidString)", "test.\(UUID().uuidString)")
            var options = PublisherOptions()
            options.topology[exchange] = [
                .exchange(exchange, .declare(ExchangeProperties(kind: "direct"))),
                .queue(queue, .declare(QueueProperties())),
                .binding(QueueBinding(queue: queue, exchange: exchange, routingKey: "k")),
            ]
            if let kind { try await topology.declareExchange(exchange, kind: kind) }
            do {
                try await LiveBroker.withPublisher(options) { try await body(topology, exchange, queue, $0) }
            } catch {
                Issue.record(error)
            }
            try await topology.deleteExchange(exchange)
            try await topology.deleteQueue(queue)
        }

        private static func postings(_ numbers: Range<Int>, to exchange: String) -> [Posting] {
            numbers.map { number in
                var posting = Posting.numbered(number, to: "k")
                posting.exchange = exchange
                return posting
            }
        }

        @Test("a publisher makes exchange, queue and binding before the first posting, and again when they are gone")
        func publisher() async throws {
            try await Self.withExchange { topology, exchange, queue, publisher in
                let all = Self.postings(0..<10, to: exchange)
                #expect(await publisher.publish(all).allSatisfy { $0 == .confirmed })
                #expect(try await topology.queue(queue).messageCount == 10)

                // The queue alone is gone: the whole call comes back, in order, and the next one has its queue again.
                try await topology.deleteQueue(queue)
                for result in await publisher.publish(all) {
                    guard case .returned(312, _) = result else {
                        Issue.record("\(result)")
                        continue
                    }
                }
                #expect(await publisher.publish(all).allSatisfy { $0 == .confirmed })
                #expect(try await topology.queue(queue).messageCount == 10)

                // Both are gone: the broker closes the channel, and the next connection makes them.
                try await topology.deleteExchange(exchange)
                try await topology.deleteQueue(queue)
                for result in await publisher.publish(all) {
                    guard case .unknown = result else {
                        Issue.record("\(result)")
                        continue
                    }
                }
                #expect(await publisher.publish(all).allSatisfy { $0 == .confirmed })
                #expect(try await topology.queue(queue).messageCount == 10)
            }
        }

        @Test(
            "to an exchange that is otherwise nothing is published until it is right; other exchanges are not affected")
        func refused() async throws {
            try await Self.withExchange("fanout") { topology, exchange, queue, publisher in
                try await topology.declareQueue(queue)
                try await topology.bindQueue(queue, to: exchange, routingKey: "")
                let results = await publisher.publish(
                    Self.postings(0..<300, to: exchange) + [.numbered(1, to: queue)])
                for result in results.dropLast() {
                    guard case .returned(_, let reason) = result else {
                        Issue.record("\(result)")
                        continue
                    }
                    #expect(reason.contains("received 'direct' but current is 'fanout'"), "\(reason)")
                    #expect(reason.contains("correct 'declare:'"), "\(reason)")
                }
                #expect(results.last == .confirmed)
                #expect(try await topology.queue(queue).messageCount == 1)
                #expect(publisher.health.state == .up)
                try await topology.deleteExchange(exchange)
                #expect(await publisher.publish(Self.postings(0..<3, to: exchange)).allSatisfy { $0 == .confirmed })
                #expect(try await topology.queue(queue).messageCount == 4)
            }
        }
    }
}
