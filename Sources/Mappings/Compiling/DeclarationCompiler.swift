internal import JSON
internal import Yams

/// Compiles `declare:`. Reports at compile time what the broker would refuse later.
struct DeclarationCompiler {
    struct Compiled {
        /// Of the queue named beside it; meaningless at an exchange.
        var queue: QueueDeclaration
        var topology = DeclaredTopology()
    }

    /// What is named beside `declare:`.
    enum Place {
        case consumed([QueueName])
        case queue(QueueName)
        case exchange(String)
    }

    let reader: NodeReader
    let context: MappingContext
    let place: Place

    /// Nil if there is a mistake.
    func declaration(_ node: Node) -> Compiled? {
        guard let members = reader.members(node, Language.declare, what: "'declare'") else { return nil }
        let before = reader.mistakes.count
        var policy = QueueDeclaration.Policy.declare
        if let word = members["policy"],
            let text = reader.word(word, of: QueueDeclaration.Policy.allCases.map(\.rawValue), what: "policy")
        {
            policy = QueueDeclaration.Policy(rawValue: text) ?? policy
        }
        var topology = DeclaredTopology()
        topology.exchanges = exchanges(members, policy)
        let names = ownQueues
        let own = queue(members, policy, names: names, exchanges: topology.exchanges)
        topology.queues = queues(members, policy, topology.exchanges)
        if case .exchange = place { checkExchangePlace(members) }
        guard !reader.hasErrors(since: before) else { return nil }
        if case .consumed = place {
            for loss in QueueLosses.of(own) {
                let key = loss.argument.flatMap { name in
                    members["arguments"]?.mapping?.keys.first { $0.scalar?.string == name }
                }
                reader.add(
                    key ?? members.key("durable") ?? node, "queue-loses-messages", loss.words, severity: .hint)
            }
        }
        for name in names { note("queue", name, own.policy, own.properties, at: node) }
        return Compiled(queue: own, topology: topology)
    }

    private var ownQueues: [String] {
        switch place {
        case .consumed(let queues): queues.map { context.resolved($0) }
        case .queue(let queue): [context.resolved(queue)]
        case .exchange: []
        }
    }

    private func checkExchangePlace(_ members: NodeReader.Members) {
        for name in ["durable", "arguments", "bindings"] {
            guard let key = members.key(name) else { continue }
            reader.add(
                key, "misplaced-field",
                "'\(name):' belongs to a queue, and none is named beside 'declare:'; write it in 'exchanges:' or 'queues:'"
            )
        }
        if members["exchanges"] == nil, members["queues"] == nil {
            reader.add(
                members.node, "missing-field", "'declare' beside 'exchange:' needs 'exchanges:', 'queues:' or both")
        }
    }

    private func note(
        _ kind: String, _ name: String, _ policy: QueueDeclaration.Policy, _ properties: [String: String],
        at node: Node
    ) {
        guard policy != .passive else { return }
        let isConsumed = if case .consumed = place { true } else { false }
        reader.declared.append(
            DeclaredThing(
                kind: kind, name: name, isConsumed: isConsumed, properties: properties, file: reader.file,
                position: reader.position(node)))
    }

    // MARK: Exchanges

    private func exchanges(_ members: NodeReader.Members, _ policy: QueueDeclaration.Policy) -> [ExchangeDeclaration] {
        var exchanges: [ExchangeDeclaration] = []
        for node in members["exchanges"].map({ reader.elements($0, what: "exchanges", allowsEmpty: false) }) ?? [] {
            guard let exchange = exchange(node, policy) else { continue }
            if exchanges.contains(where: { $0.name == exchange.name }) {
                reader.add(node, "declared-twice", "the exchange '\(exchange.name)' is in the list already")
                continue
            }
            exchanges.append(exchange)
            note("exchange", exchange.name, policy, exchange.properties, at: node)
        }
        return exchanges
    }

    private func exchange(_ node: Node, _ policy: QueueDeclaration.Policy) -> ExchangeDeclaration? {
        guard let members = reader.members(node, Language.exchange, what: "an exchange"), let nameNode = members["name"]
        else { return nil }
        if nameNode.scalar?.string.isEmpty == true {
            reader.add(
                nameNode, "exchange-name",
                "the default exchange is always there and cannot be declared; leave it out, or name another")
            return nil
        }
        guard let name = name(nameNode, "exchange") else { return nil }
        if name.hasPrefix("amq.") {
            reader.add(
                nameNode, "exchange-name",
                "names that begin with 'amq.' are the broker's own: '\(name.prefix(60))' cannot be declared; leave it out,"
                    + " or choose another name")
            return nil
        }
        var exchange = ExchangeDeclaration(policy: policy, name: name)
        guard policy != .passive else {
            for member in members.all where member.name != "name" {
                reader.add(
                    member.key, "misplaced-field",
                    "with 'policy: passive' the exchange is taken as it is; leave this out, or say 'policy: assert'")
            }
            return exchange
        }
        guard let type = members["type"] else {
            reader.add(
                node, "missing-field",
                "the exchange '\(name.prefix(60))' needs 'type:', direct, topic, fanout or headers")
            return nil
        }
        guard let word = reader.word(type, of: ExchangeDeclaration.Kind.allCases.map(\.rawValue), what: "type") else {
            return nil
        }
        exchange.kind = ExchangeDeclaration.Kind(rawValue: word)
        exchange.isDurable = members["durable"].flatMap { reader.bool($0, what: "durable") } ?? true
        exchange.isAutoDelete = members["autoDelete"].flatMap { reader.bool($0, what: "autoDelete") } ?? false
        exchange.isInternal = members["internal"].flatMap { reader.bool($0, what: "internal") } ?? false
        if exchange.isInternal, case .exchange(name) = place {
            reader.add(
                members.key("internal") ?? node, "internal-exchange",
                "nothing can be published to an internal exchange, and the target is this one; leave 'internal: true' out"
            )
        }
        exchange.arguments = BrokerArgumentReader(reader: reader).arguments(members["arguments"], of: .exchange).values
        return exchange
    }

    private func name(_ node: Node, _ what: String) -> String? {
        guard let name = reader.text(node, what: "name") else { return nil }
        guard name.utf8.count <= 255 else {
            reader.add(node, "\(what)-name", "name: expected 1 to 255 bytes, found \(name.utf8.count)")
            return nil
        }
        return name
    }

    // MARK: Queues

    private func queues(
        _ members: NodeReader.Members, _ policy: QueueDeclaration.Policy, _ exchanges: [ExchangeDeclaration]
    ) -> [DeclaredTopology.DeclaredQueue] {
        var queues: [DeclaredTopology.DeclaredQueue] = []
        let own = ownQueues
        for node in members["queues"].map({ reader.elements($0, what: "queues", allowsEmpty: false) }) ?? [] {
            guard let body = reader.members(node, Language.declaredQueue, what: "a queue"), let nameNode = body["name"],
                let name = name(nameNode, "queue")
            else { continue }
            if name.hasPrefix("amq.") {
                reader.add(
                    nameNode, "queue-name",
                    "names that begin with 'amq.' are the broker's own: '\(name.prefix(60))' cannot be declared; choose"
                        + " another name")
                continue
            }
            if own.contains(name) {
                reader.add(
                    nameNode, "declared-twice",
                    "'\(name.prefix(60))' is the queue beside 'declare:'; its properties are written directly in 'declare:'"
                )
                continue
            }
            if queues.contains(where: { $0.name == name }) {
                reader.add(nameNode, "declared-twice", "the queue '\(name.prefix(60))' is in the list already")
                continue
            }
            let declaration = queue(body, policy, names: [name], exchanges: exchanges)
            queues.append(.init(name: name, declaration: declaration))
            note("queue", name, policy, declaration.properties, at: node)
        }
        return queues
    }

    private func queue(
        _ members: NodeReader.Members, _ policy: QueueDeclaration.Policy, names: [String],
        exchanges: [ExchangeDeclaration]
    ) -> QueueDeclaration {
        if policy == .passive, let key = members.key("arguments") ?? members.key("durable") {
            reader.add(
                key, "misplaced-field",
                "with 'policy: passive' the queue is taken as it is; leave this out, or say 'policy: assert'")
        }
        if policy != .declare, let key = members.key("bindings") {
            reader.add(
                key, "misplaced-field",
                "AMQP cannot ask whether a queue is bound, only bind it; leave 'bindings:' out, or say 'policy: declare'"
            )
        }
        let isDurable = members["durable"].flatMap { reader.bool($0, what: "durable") } ?? true
        let arguments = BrokerArgumentReader(reader: reader).arguments(members["arguments"], of: .queue)
        let bindings = members["bindings"].map { self.bindings($0, exchanges) } ?? []
        if arguments["x-queue-type"]?.value == .text("quorum"), !isDurable {
            reader.add(
                members.key("durable") ?? members.node, "queue-argument",
                "durable: a quorum queue is always durable; leave 'durable: false' out")
        }
        checkDeadLetters(arguments, names, bindings, exchanges)
        return QueueDeclaration(policy: policy, isDurable: isDurable, arguments: arguments.values, bindings: bindings)
    }

    private func bindings(_ node: Node, _ exchanges: [ExchangeDeclaration]) -> [DeclaredBinding] {
        var bindings: [DeclaredBinding] = []
        for node in reader.elements(node, what: "bindings", allowsEmpty: false) {
            guard let members = reader.members(node, Language.binding, what: "a binding"),
                let exchangeNode = members["exchange"]
            else { continue }
            if exchangeNode.scalar?.string.isEmpty == true {
                reader.add(
                    exchangeNode, "exchange-name",
                    "every queue is bound to the default exchange by its name, and to that alone; leave the binding out"
                )
                continue
            }
            guard let exchange = name(exchangeNode, "exchange") else { continue }
            let routingKey = members["routingKey"].map { reader.text($0, what: "routingKey", allowsEmpty: true) } ?? ""
            guard let routingKey else { continue }
            let kind = exchanges.first { $0.name == exchange }?.kind ?? ExchangeDeclaration.builtIn(exchange)
            check(routingKey, of: kind, at: members["routingKey"] ?? node)
            let arguments = BrokerArgumentReader(reader: reader).arguments(members["arguments"], of: .binding)
            if kind == .headers, arguments.allSatisfy({ $0.name == "x-match" }) {
                reader.add(
                    members.key("arguments") ?? node, "binding-argument",
                    "a headers exchange looks at no routing key: name headers in 'arguments:'", severity: .hint)
            }
            let binding = DeclaredBinding(exchange: exchange, routingKey: routingKey, arguments: arguments.values)
            if bindings.contains(binding) {
                reader.add(node, "declared-twice", "this binding is in the list already")
                continue
            }
            bindings.append(binding)
        }
        return bindings
    }

    private func check(_ routingKey: String, of kind: ExchangeDeclaration.Kind?, at node: Node) {
        if routingKey.utf8.count > 255 {
            reader.add(node, "routing-key", "routingKey: AMQP allows 255 bytes, found \(routingKey.utf8.count)")
        } else if kind == .topic, !TopicPattern(routingKey).hasWholeWildcards {
            reader.add(
                node, "routing-key",
                "routingKey: '*' and '#' stand for whole words between dots; within a word they are taken literally",
                severity: .hint)
        } else if kind == .direct, routingKey.contains(where: { $0 == "*" || $0 == "#" }) {
            reader.add(
                node, "routing-key", "routingKey: a direct exchange knows no '*' and '#', and takes them literally",
                severity: .hint)
        }
    }

    /// What the broker drops must not come back to the queue.
    private func checkDeadLetters(
        _ arguments: [BrokerArgumentReader.Argument], _ names: [String], _ bindings: [DeclaredBinding],
        _ exchanges: [ExchangeDeclaration]
    ) {
        guard let exchange = arguments["x-dead-letter-exchange"], case .text(let target) = exchange.value else {
            return
        }
        let key = arguments["x-dead-letter-routing-key"]
        let loops: Bool
        if target.isEmpty {
            // The default exchange routes by queue name. Without `x-dead-letter-routing-key` a message keeps its routing
            // key: usually the queue's name.
            loops = names.contains { name in key.map { $0.value == .text(name) } ?? true }
        } else {
            let kind = exchanges.first { $0.name == target }?.kind ?? ExchangeDeclaration.builtIn(target)
            loops = bindings.contains { binding in
                guard binding.exchange == target else { return false }
                // Without one of its own it keeps the key that brought it here.
                guard let key else { return true }
                guard case .text(let text) = key.value else { return false }
                return binding.takes(text, of: kind) == true
            }
        }
        if loops {
            reader.add(
                (key ?? exchange).node, "dead-letter-loop",
                "what the broker drops from this queue would come back to it; name another queue")
        }
    }
}
