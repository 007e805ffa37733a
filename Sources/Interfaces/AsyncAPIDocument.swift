package import JSON
package import Mappings
package import Schemas

/// Describes queues, exchanges and their messages as AsyncAPI 3.0.
package struct AsyncAPIDocument {
    /// A broker that routes consume from or publish to.
    package struct Broker: Sendable, Equatable {
        package var host: String
        package var virtualHost: String
        package var isSecure: Bool

        package init(host: String, virtualHost: String, isSecure: Bool) {
            self.host = host
            self.virtualHost = virtualHost
            self.isSecure = isSecure
        }
    }

    private let definitions: DefinitionSchemas
    private let queueName: (QueueName) -> String?
    private let isOneBroker: Bool
    private var channels: [AsyncAPIChannel] = []
    /// Declared exchanges, and whether they are at the broker that routes consume from.
    private var exchanges: [(declaration: ExchangeDeclaration, isConsumed: Bool)] = []
    private var operations: [JSONValue.Member] = []
    private var messages: [JSONValue.Member] = []
    private var schemas: [JSONValue.Member] = []
    /// What is pushed to sockets, by topic.
    private var pushes: [(topic: String, message: String)] = []
    private let listeners: [OpenAPIDocument.Listener]

    /// `table`: compiled with `catalogs`. `consumer`, `producer`: nil if the settings do not say where they are. `listeners`:
    /// those of the settings.
    /// `queueName`: the name of a queue that a setting may give; nil if it has no value. `version`: of the gateway.
    package static func make(
        _ table: RouteTable, catalogs: Catalogs, consumer: Broker? = nil, producer: Broker? = nil,
        listeners: [OpenAPIDocument.Listener] = [], version: String,
        queueName: @escaping (QueueName) -> String?
    ) -> JSONValue {
        var document = AsyncAPIDocument(
            definitions: DefinitionSchemas(catalogs, suffix: AsyncAPIMessages.suffix), queueName: queueName,
            isOneBroker: consumer == producer, listeners: listeners)
        for route in table.routes { document.add(route) }
        for route in table.routes { document.addSockets(of: route) }
        for feed in table.feeds { document.add(feed) }
        return document.json(version: version, consumer: consumer, producer: producer)
    }

    private init(
        definitions: DefinitionSchemas, queueName: @escaping (QueueName) -> String?, isOneBroker: Bool,
        listeners: [OpenAPIDocument.Listener]
    ) {
        self.listeners = listeners
        self.definitions = definitions
        self.queueName = queueName
        self.isOneBroker = isOneBroker
    }

    // MARK: Routes

    private mutating func add(_ route: RouteMapping) {
        if case .amqp(let source) = route.from { consume(route, source) }
        var number = 0
        for shape in route.shapes {
            let definition = definitions.definition(named: shape.constantCatalog)
            for posting in shape.postings {
                number += 1
                publish(
                    posting, operation: number == 1 ? "\(route.name).post" : "\(route.name).post\(number)",
                    description: route.description, posting.form(of: definition), of: definition)
            }
        }
    }

    private mutating func consume(_ route: RouteMapping, _ source: QueueSource) {
        let form = RequestForm(of: route, endpoint: nil, definitions: definitions)
        let names: [String]
        if route.shapes.contains(where: { $0.constantCatalog == nil }) {
            // The message names its catalog.
            names = definitions.all.map { definition in
                let name = "\(route.name).\(definition.catalog)"
                let isPlain = route.shapes.allSatisfy(\.isCatalogMessage)
                messages.append(
                    .init(
                        isPlain ? definition.catalog : name,
                        AsyncAPIMessages.catalog(
                            definition, isPlain ? AsyncAPIMessages.envelope(definition, definitions) : form.body)))
                return isPlain ? definition.catalog : name
            }
        } else {
            // Messages of catalogs have the names of these.
            let name = definitions.definition(named: route.name) == nil ? route.name : "\(route.name).message"
            messages.append(
                .init(name, AsyncAPIMessages.message(name, route.description, form.body ?? [:], form.headers)))
            names = [name]
        }
        schemas += form.components
        for (index, queue) in source.queues.enumerated() {
            let channel = channel(
                AsyncAPIChannel(queue: queueName(queue), of: queue, source.declaration, isConsumed: true),
                messages: names)
            operations.append(
                .init(
                    index == 0 ? route.name : "\(route.name).\(index + 1)",
                    operation(
                        "receive", channel, names, route.description,
                        bindings: ["ack": true, "bindingVersion": AsyncAPIChannel.bindingVersion])))
        }
        declare(source.topology, isConsumed: true)
    }

    // MARK: Sockets

    /// Where clients connect, what they send, and what they get.
    private mutating func addSockets(of route: RouteMapping) {
        guard case .webSocket(let endpoint) = route.from, let shape = route.subscription else { return }
        let form = SubscriptionForm(shape)
        let subscribe = "\(route.name).subscribe"
        messages.append(.init(subscribe, AsyncAPIMessages.message(subscribe, route.description, form.message)))
        var sent = ["\(route.name).reply"]
        messages.append(.init(sent[0], AsyncAPIMessages.message(sent[0], nil, form.reply)))
        for (name, schema) in AsyncAPIMessages.notices {
            messages.append(.init(name, AsyncAPIMessages.message(name, nil, schema)))
            sent.append(name)
        }
        sent += pushes.filter { $0.topic == endpoint.topic }.map(\.message)
        let channel = channel(
            AsyncAPIChannel(
                sockets: route.name, path: endpoint.path?.text, parameters: form.parameters,
                listener: endpoint.listener), messages: [subscribe] + sent)
        operations.append(.init(route.name, operation("receive", channel, [subscribe], route.description)))
        operations.append(.init("\(route.name).push", operation("send", channel, sent, nil)))
    }

    // MARK: Postings

    private mutating func publish(
        _ posting: PostingShape, operation name: String, description: String?, _ form: PostingForm,
        of definition: Definition?
    ) {
        let place: AsyncAPIChannel
        if case .queue(let queue) = posting.destination {
            let name = posting.queueSetting.map { QueueName.setting($0) } ?? .literal(queue)
            place = AsyncAPIChannel(queue: queueName(name), of: name, posting.declaration, isConsumed: isOneBroker)
        } else if case .exchange(let exchange) = posting.destination {
            place = AsyncAPIChannel(exchange: exchange, routingKey: form.routingKey, isConsumed: isOneBroker)
        } else if case .webSocket(let topic) = posting.destination {
            messages.append(.init(name, AsyncAPIMessages.message(name, nil, payload(form, of: definition))))
            pushes.append((topic, name))
            return
        } else {
            return
        }
        let payload = payload(form, of: definition)
        var message = AsyncAPIMessages.message(name, nil, payload, form.headers.map { ($0.name, $0.value) })
        if let type = posting.type {
            message["bindings"] = [
                "amqp": ["messageType": .text(type), "bindingVersion": AsyncAPIChannel.bindingVersion]
            ]
        }
        messages.append(.init(name, message))
        let channel = channel(place, messages: [name])
        operations.append(
            .init(
                name,
                operation(
                    "send", channel, [name], description,
                    bindings: ["deliveryMode": 2, "mandatory": true, "bindingVersion": AsyncAPIChannel.bindingVersion]))
        )
        declare(posting.topology, isConsumed: isOneBroker)
    }

    private func payload(_ form: PostingForm, of definition: Definition?) -> JSONValue {
        switch form.payload {
        case .schema(let schema): schema
        case .catalog:
            definition.map { AsyncAPIMessages.envelope($0, definitions) } ?? AsyncAPIMessages.anyEnvelope
        }
    }

    private mutating func add(_ feed: FeedMapping) {
        var form = feed.target.form(of: nil)
        form.payload = .schema(feed.document.schema(of: definitions.definition(ofCollection: feed.collection)))
        publish(feed.target, operation: feed.name, description: feed.description, form, of: nil)
    }

    // MARK: Channels and operations

    /// The channel's name; a place that is known already takes the messages too.
    private mutating func channel(_ channel: AsyncAPIChannel, messages names: [String]) -> String {
        if let index = channels.firstIndex(where: { $0.isSame(as: channel) }) {
            channels[index].merge(channel, messages: names)
            return channels[index].id
        }
        var channel = channel
        let base = channel.id
        var number = 1
        while channels.contains(where: { $0.id == channel.id }) {
            number += 1
            channel.id = "\(base)-\(number)"
        }
        channel.messages = names
        channels.append(channel)
        return channel.id
    }

    private func operation(
        _ action: String, _ channel: String, _ messages: [String], _ description: String?, bindings: JSONValue? = nil
    ) -> JSONValue {
        var operation: JSONValue = ["action": .text(action), "channel": ["$ref": .text("#/channels/\(channel)")]]
        if let description, !description.isEmpty { operation["description"] = .text(description) }
        operation["messages"] = .list(messages.map { ["$ref": .text("#/channels/\(channel)/messages/\($0)")] })
        if let bindings { operation["bindings"] = ["amqp": bindings] }
        return operation
    }

    /// What a source or target declares beside its own queue or exchange.
    private mutating func declare(_ topology: DeclaredTopology, isConsumed: Bool) {
        for exchange in topology.exchanges {
            exchanges.append((exchange, isConsumed))
            guard !channels.contains(where: { $0.exchange == exchange.name && $0.isConsumed == isConsumed }) else {
                continue
            }
            _ = channel(
                AsyncAPIChannel(exchange: exchange.name, routingKey: nil, isConsumed: isConsumed), messages: [])
        }
        for queue in topology.queues {
            _ = channel(
                AsyncAPIChannel(
                    queue: queue.name, of: .literal(queue.name), queue.declaration, isConsumed: isConsumed),
                messages: [])
        }
    }

    // MARK: The document

    private func json(version: String, consumer: Broker?, producer: Broker?) -> JSONValue {
        var document: JSONValue = [
            "asyncapi": "3.0.0",
            "info": [
                "title": "Queues of the gateway", "version": .text(version),
                "description":
                    .text(
                        "Made from the routes and the definitions: what the gateway receives, and what it sends. What a schema"
                            + " leaves open the gateway may still reject."),
            ],
            "defaultContentType": "application/json",
        ]
        var servers: [JSONValue.Member] = []
        if let consumer { servers.append(.init("broker", Self.server(consumer))) }
        if let producer, producer != consumer { servers.append(.init("producer", Self.server(producer))) }
        for listener in listeners where channels.contains(where: { $0.listener == listener.name }) {
            guard let server = Self.server(listener) else { continue }
            servers.append(.init("listener-\(listener.name)", server))
        }
        if !servers.isEmpty { document["servers"] = .object(servers) }
        document["channels"] = .object(
            channels.map { channel in
                var channel = channel
                for (exchange, isConsumed) in exchanges
                where exchange.name == channel.exchange && isConsumed == channel.isConsumed {
                    channel.declare(exchange)
                }
                var json = channel.json
                let server =
                    channel.listener.map { "listener-\($0)" }
                    ?? (channel.isConsumed || producer == consumer ? "broker" : "producer")
                // Without them it would be at all servers.
                if servers.count > 1, servers.contains(where: { $0.name == server }) {
                    json["servers"] = [["$ref": .text("#/servers/\(server)")]]
                }
                return .init(channel.id, json)
            })
        document["operations"] = .object(operations)
        var once: [JSONValue.Member] = []
        for message in messages where !once.contains(where: { $0.name == message.name }) { once.append(message) }
        document["components"] = [
            "messages": .object(once),
            "schemas": .object(
                (schemas + definitions.components).map { .init($0.name, AsyncAPIMessages.payload($0.value)) }),
        ]
        return document
    }

    private static func server(_ listener: OpenAPIDocument.Listener) -> JSONValue? {
        guard let address = listener.address, let host = address.split(separator: "/").last else { return nil }
        return [
            "host": .text(String(host)),
            "protocol": address.hasPrefix("https:") ? "wss" : "ws",
        ]
    }

    private static func server(_ broker: Broker) -> JSONValue {
        [
            "host": .text(broker.host), "protocol": .text(broker.isSecure ? "amqps" : "amqp"),
            "protocolVersion": "0.9.1",
            "pathname": .text("/" + PercentEncoding.encoded(broker.virtualHost)),
        ]
    }
}
