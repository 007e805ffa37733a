internal import JSON
internal import Mappings

/// A queue, or the messages of an exchange with one routing key.
struct AsyncAPIChannel {
    static let bindingVersion: JSONValue = "0.3.0"

    var id: String
    /// Nil if it is not known, or differs from message to message.
    private let address: String?
    /// Nil for a queue.
    let exchange: String?
    /// Whether it is at the broker that routes consume from.
    let isConsumed: Bool
    /// The listener of sockets; nil for what is at a broker.
    private(set) var listener: String?
    var messages: [String] = []
    private let binder: String
    private var binding: JSONValue
    private var parameters: [String] = []
    /// What the binding has no words for.
    private var extensions: [JSONValue.Member] = []
    private var isDeclared: Bool

    /// `name`: of the queue; nil if the setting that names it has no value.
    init(queue name: String?, of queue: QueueName, _ declaration: QueueDeclaration?, isConsumed: Bool) {
        let shown: String
        switch queue {
        case .literal(let text): shown = text
        case .setting(let key): shown = name ?? key
        }
        binder = "amqp"
        id = Self.id(shown)
        address = name
        exchange = nil
        self.isConsumed = isConsumed
        isDeclared = declaration != nil
        var own: JSONValue = [:]
        if let name { own["name"] = .text(name) }
        // Without a declaration a missing queue is created durable; one that is used as it is may be anything.
        if let declaration, declaration.policy != .passive {
            own["durable"] = .bool(declaration.isDurable)
            (own["exclusive"], own["autoDelete"]) = (false, false)
            if !declaration.arguments.isEmpty {
                extensions.append(.init("x-arguments", Self.arguments(declaration.arguments)))
            }
            if !declaration.bindings.isEmpty {
                extensions.append(
                    .init(
                        "x-bindings",
                        .list(
                            declaration.bindings.map { binding in
                                var json: JSONValue = [
                                    "exchange": .text(binding.exchange), "routingKey": .text(binding.routingKey),
                                ]
                                if !binding.arguments.isEmpty { json["arguments"] = Self.arguments(binding.arguments) }
                                return json
                            })))
            }
        }
        binding = ["is": "queue", "queue": own, "bindingVersion": Self.bindingVersion]
    }

    /// `routingKey`: nil if it differs from message to message.
    init(exchange name: String, routingKey: String?, isConsumed: Bool) {
        binder = "amqp"
        id = Self.id(routingKey.map { $0.isEmpty ? name : "\(name)-\($0)" } ?? name)
        address = routingKey
        exchange = name
        self.isConsumed = isConsumed
        isDeclared = false
        binding = ["is": "routingKey", "exchange": ["name": .text(name)], "bindingVersion": Self.bindingVersion]
    }

    /// Sockets of clients. `path`: nil for any path that nothing else of the listener takes. `parameters`: those that are read.
    init(sockets name: String, path: String?, parameters: [String], listener: String) {
        id = Self.id(name)
        address = path
        exchange = nil
        isConsumed = false
        self.listener = listener
        isDeclared = true
        binder = "ws"
        let own = PathText.parameters(of: path ?? "/")
        self.parameters = own
        binding = ["method": "GET", "bindingVersion": "0.1.0"]
        let others = parameters.filter { !own.contains($0) }
        if !others.isEmpty {
            binding["query"] = [
                "type": "object", "properties": .object(others.map { .init($0, ["type": "string"]) }),
            ]
        }
    }

    /// Takes what is declared of its exchange.
    mutating func declare(_ declaration: ExchangeDeclaration) {
        guard declaration.policy != .passive, !isDeclared else { return }
        isDeclared = true
        var own: JSONValue = ["name": .text(declaration.name)]
        if let kind = declaration.kind { own["type"] = .text(kind.rawValue) }
        own["durable"] = .bool(declaration.isDurable)
        own["autoDelete"] = .bool(declaration.isAutoDelete)
        binding["exchange"] = own
        guard !declaration.arguments.isEmpty else { return }
        extensions.append(.init("x-arguments", Self.arguments(declaration.arguments)))
    }

    func isSame(as other: AsyncAPIChannel) -> Bool {
        exchange == other.exchange && address == other.address && isConsumed == other.isConsumed
            && listener == nil && other.listener == nil
            && (address != nil || exchange != nil || id == other.id)
    }

    /// Takes further messages, and what another declares if this one does not.
    mutating func merge(_ other: AsyncAPIChannel, messages names: [String]) {
        for name in names where !messages.contains(name) { messages.append(name) }
        guard !isDeclared, other.isDeclared else { return }
        (binding, extensions, isDeclared) = (other.binding, other.extensions, true)
    }

    var json: JSONValue {
        var json: JSONValue = ["address": address.map { .text($0) } ?? .null]
        if !messages.isEmpty {
            json["messages"] = .object(
                messages.map { .init($0, ["$ref": .text("#/components/messages/\($0)")]) })
        }
        if !parameters.isEmpty { json["parameters"] = .object(parameters.map { .init($0, [:]) }) }
        json["bindings"] = .object([.init(binder, binding)])
        for one in extensions { json[one.name] = one.value }
        return json
    }

    /// A name that references need not encode.
    private static func id(_ text: String) -> String {
        let id = String(
            decoding: text.utf8.map { byte in
                let isPlain =
                    byte | 32 >= 97 && byte | 32 <= 122 || (48...57).contains(byte) || "._-".utf8.contains(byte)
                return isPlain ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
        return id.isEmpty ? "default" : id
    }

    private static func arguments(_ arguments: [(name: String, value: QueueArgument)]) -> JSONValue {
        .object(arguments.map { .init($0.name, json($0.value)) })
    }

    private static func json(_ value: QueueArgument) -> JSONValue {
        switch value {
        case .bool(let value): .bool(value)
        case .integer(let value): .number(String(value))
        case .double(let value): .number(String(value))
        case .text(let value): .text(value)
        case .list(let values): .list(values.map { json($0) })
        }
    }
}
