/// The expected state of a queue.
package struct QueueDeclaration: Sendable, Equatable {
    package enum Policy: String, Sendable, CaseIterable {
        /// Use it as it is; if missing, wait until it is created.
        case passive
        /// It must exist with these properties.
        case assert
        /// Create it if missing; otherwise it must have these properties.
        case declare
    }

    package var policy: Policy
    package var isDurable: Bool
    package var arguments: [(name: String, value: QueueArgument)]
    /// Only with the policy `declare`.
    package var bindings: [DeclaredBinding] = []

    package static func == (a: QueueDeclaration, b: QueueDeclaration) -> Bool {
        a.policy == b.policy && a.isDurable == b.isDurable && a.bindings == b.bindings
            && QueueArgument.areEqual(a.arguments, b.arguments)
    }
}

/// A queue's binding to an exchange.
package struct DeclaredBinding: Sendable, Equatable {
    package var exchange: String
    package var routingKey: String
    package var arguments: [(name: String, value: QueueArgument)]

    package static func == (a: DeclaredBinding, b: DeclaredBinding) -> Bool {
        a.exchange == b.exchange && a.routingKey == b.routingKey && QueueArgument.areEqual(a.arguments, b.arguments)
    }
}

/// The exchanges, and the queues besides its own, that a source or target declares.
package struct DeclaredTopology: Sendable, Equatable {
    package var exchanges: [ExchangeDeclaration] = []
    package var queues: [DeclaredQueue] = []

    package init() {}

    package struct DeclaredQueue: Sendable, Equatable {
        package var name: String
        package var declaration: QueueDeclaration
    }
}

/// The expected state of an exchange.
package struct ExchangeDeclaration: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case direct, topic, fanout, headers
    }

    package var policy: QueueDeclaration.Policy
    package var name: String
    /// Nil with the policy `passive`.
    package var kind: Kind?
    package var isDurable = true
    /// Deleted by the broker with its last binding.
    package var isAutoDelete = false
    /// Takes messages from other exchanges only.
    package var isInternal = false
    package var arguments: [(name: String, value: QueueArgument)] = []

    package static func == (a: ExchangeDeclaration, b: ExchangeDeclaration) -> Bool {
        a.policy == b.policy && a.name == b.name && a.kind == b.kind && a.isDurable == b.isDurable
            && a.isAutoDelete == b.isAutoDelete && a.isInternal == b.isInternal
            && QueueArgument.areEqual(a.arguments, b.arguments)
    }
}

/// An argument of a queue, exchange or binding, typed as in YAML.
package indirect enum QueueArgument: Sendable, Equatable {
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case text(String)
    case list([QueueArgument])

    fileprivate static func areEqual(
        _ a: [(name: String, value: QueueArgument)], _ b: [(name: String, value: QueueArgument)]
    ) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}

// MARK: Properties as text, to compare two declarations

extension QueueDeclaration {
    var properties: [String: String] {
        // A queue without a type is classic.
        let given = arguments.filter { $0.name != "x-queue-type" || $0.value != .text("classic") }
        return QueueArgument.texts(given).merging(["durable": "\(isDurable)"]) { $1 }
    }
}

extension ExchangeDeclaration {
    var properties: [String: String] {
        QueueArgument.texts(arguments).merging([
            "type": kind?.rawValue ?? "", "durable": "\(isDurable)", "autoDelete": "\(isAutoDelete)",
            "internal": "\(isInternal)",
        ]) { $1 }
    }
}

extension QueueArgument {
    fileprivate static func texts(_ arguments: [(name: String, value: QueueArgument)]) -> [String: String] {
        Dictionary(arguments.map { ("argument \($0.name)", $0.value.text) }) { $1 }
    }

    private var text: String {
        switch self {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .text(let value): "'\(value)'"
        case .list(let values): "[\(values.map(\.text).joined(separator: ", "))]"
        }
    }
}
