internal import Contracts
package import Mappings
package import RabbitMQ

extension TopologyItem {
    /// What a source or target declares: exchanges, then queues, then bindings. `queues`: those named beside it.
    package static func all(
        of queues: [String], _ declaration: QueueDeclaration?, _ topology: DeclaredTopology
    ) -> [TopologyItem] {
        let all =
            queues.compactMap { name in declaration.map { (name, $0) } }
            + topology.queues.map { ($0.name, $0.declaration) }
        return topology.exchanges.map { .exchange($0.name, ExchangePolicy($0)) }
            + all.map { name, declaration in .queue(name, QueuePolicy(declaration)) }
            + all.flatMap { name, declaration in declaration.bindings.map { .binding(QueueBinding($0, of: name)) } }
    }

    /// In the same order, each exchange and queue once: with the policy that does most, since the properties are the same.
    package static func merged(_ items: [TopologyItem]) -> [TopologyItem] {
        var exchanges: [TopologyItem] = []
        var queues: [TopologyItem] = []
        var bindings: [TopologyItem] = []
        for item in items {
            func add(to list: inout [TopologyItem]) {
                guard let index = list.firstIndex(where: { $0.name == item.name }) else { return list.append(item) }
                if item.rank > list[index].rank { list[index] = item }
            }
            switch item {
            case .exchange: add(to: &exchanges)
            case .queue: add(to: &queues)
            case .binding: if !bindings.contains(item) { bindings.append(item) }
            }
        }
        return exchanges + queues + bindings
    }

    private var rank: Int {
        switch self {
        case .exchange(_, .declare), .queue(_, .declare): 2
        case .exchange(_, .assert), .queue(_, .assert): 1
        case .exchange, .queue, .binding: 0
        }
    }
}

extension QueuePolicy {
    package init(_ declaration: QueueDeclaration) {
        let properties = QueueProperties(
            isDurable: declaration.isDurable, arguments: declaration.arguments.map { MessageProperties.Header($0) })
        switch declaration.policy {
        case .passive: self = .passive
        case .assert: self = .assert(properties)
        case .declare: self = .declare(properties)
        }
    }
}

extension ExchangePolicy {
    package init(_ declaration: ExchangeDeclaration) {
        guard let kind = declaration.kind else {
            self = .passive
            return
        }
        let properties = ExchangeProperties(
            kind: kind.rawValue, isDurable: declaration.isDurable, isAutoDelete: declaration.isAutoDelete,
            isInternal: declaration.isInternal, arguments: declaration.arguments.map { MessageProperties.Header($0) })
        switch declaration.policy {
        case .passive: self = .passive
        case .assert: self = .assert(properties)
        case .declare: self = .declare(properties)
        }
    }
}

extension QueueBinding {
    fileprivate init(_ binding: DeclaredBinding, of queue: String) {
        self.init(
            queue: queue, exchange: binding.exchange, routingKey: binding.routingKey,
            arguments: binding.arguments.map { MessageProperties.Header($0) })
    }
}

extension MessageProperties.Header {
    fileprivate init(_ argument: (name: String, value: QueueArgument)) {
        self.init(name: argument.name, value: HeaderValue(argument.value))
    }
}

extension HeaderValue {
    fileprivate init(_ argument: QueueArgument) {
        switch argument {
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .double(value)
        case .text(let value): self = .string(value)
        case .list(let values): self = .array(values.map { HeaderValue($0) })
        }
    }
}
