internal import JSON
internal import Yams

/// Compiles `declare:` of a queue. Reports at compile time what the broker would refuse later.
struct QueueDeclarationCompiler {
    private enum Kind {
        case text([String]?)
        case integer
        case bool

        var words: String {
            switch self {
            case .text(let words): words.map { $0.joined(separator: " or ") } ?? "a text"
            case .integer: "a whole number from 0"
            case .bool: "true or false"
            }
        }
    }

    /// Arguments that RabbitMQ implements. It accepts others and ignores them.
    private static let known: [(name: String, kind: Kind)] = [
        ("x-queue-type", .text(["classic", "quorum"])), ("x-message-ttl", .integer), ("x-expires", .integer),
        ("x-max-length", .integer), ("x-max-length-bytes", .integer),
        ("x-overflow", .text(["drop-head", "reject-publish", "reject-publish-dlx"])),
        ("x-dead-letter-exchange", .text(nil)), ("x-dead-letter-routing-key", .text(nil)),
        ("x-dead-letter-strategy", .text(["at-most-once", "at-least-once"])), ("x-single-active-consumer", .bool),
        ("x-max-priority", .integer), ("x-queue-mode", .text(["default", "lazy"])), ("x-queue-version", .integer),
        ("x-delivery-limit", .integer), ("x-quorum-initial-group-size", .integer),
        ("x-max-in-memory-length", .integer), ("x-max-in-memory-bytes", .integer),
        ("x-queue-leader-locator", .text(nil)), ("x-queue-master-locator", .text(nil)),
    ]

    let reader: NodeReader
    /// Whether the queue is consumed, so that messages dropped by the broker are lost to the gateway.
    var isConsumed = false

    /// Nil if there is a mistake.
    func declaration(_ node: Node, queues: [QueueName]) -> QueueDeclaration? {
        guard let members = reader.members(node, Language.declare, what: "'declare'") else { return nil }
        let before = reader.mistakes.count
        var policy = QueueDeclaration.Policy.declare
        if let word = members["policy"],
            let text = reader.word(word, of: QueueDeclaration.Policy.allCases.map(\.rawValue), what: "policy")
        {
            policy = QueueDeclaration.Policy(rawValue: text) ?? policy
        }
        if policy == .passive, let key = members.key("arguments") ?? members.key("durable") {
            reader.add(
                key, "misplaced-field",
                "with 'policy: passive' the queue is taken as it is; leave this out, or say 'policy: assert'")
        }
        let isDurable = members["durable"].flatMap { reader.bool($0, what: "durable") } ?? true
        var arguments: [(name: String, value: QueueArgument)] = []
        let pairs = members["arguments"].map { reader.pairs($0, what: "arguments") } ?? []
        for (name, key, node) in pairs {
            guard let value = value(node, what: name) else { continue }
            check(name, key, value, node)
            arguments.append((name, value))
        }
        checkTogether(arguments, isDurable, pairs, queues, at: members.key("durable") ?? node)
        guard reader.mistakes.dropFirst(before).allSatisfy({ $0.severity != .error }) else { return nil }
        let declaration = QueueDeclaration(policy: policy, isDurable: isDurable, arguments: arguments)
        for loss in isConsumed ? QueueLosses.of(declaration) : [] {
            let key = loss.argument.map { name in pairs.first { $0.name == name }?.key } ?? members.key("durable")
            reader.add(key ?? node, "queue-loses-messages", loss.words, severity: .hint)
        }
        return declaration
    }

    private func value(_ node: Node, what: String) -> QueueArgument? {
        if let sequence = node.sequence {
            let values = sequence.map { value($0, what: what) }
            return values.contains { $0 == nil } ? nil : .list(values.compactMap { $0 })
        }
        guard let scalar = node.scalar else {
            reader.add(node, "type", "\(what): expected a text, a number, true, false or a list of them")
            return nil
        }
        switch YAMLValue.kind(of: scalar) {
        case .bool(let value): return .bool(value)
        case .number:
            if let integer = Int64(scalar.string) { return .integer(integer) }
            return Double(scalar.string).map { .double($0) }
        case .text: return reader.text(node, what: what, allowsEmpty: true).map { .text($0) }
        case .null:
            reader.add(node, "type", "\(what): expected a value, found nothing")
            return nil
        }
    }

    private func check(_ name: String, _ key: Node, _ value: QueueArgument, _ node: Node) {
        guard let (_, kind) = Self.known.first(where: { $0.name == name }) else {
            let nearest = Spelling.nearest(to: name, in: Self.known.map(\.name))
            if name.utf8.count > 255 || nearest != nil {
                let hint = nearest.map { "did you mean '\($0)'?" } ?? "a name has at most 255 bytes"
                reader.add(key, "queue-argument", "RabbitMQ knows no argument '\(name.prefix(60))' (\(hint))")
            }
            return
        }
        let isRight =
            switch (kind, value) {
            case (.text(let words), .text(let text)): words?.contains(text) != false
            case (.integer, .integer(let number)): number >= 0
            case (.bool, .bool): true
            default: false
            }
        guard !isRight else { return }
        if name == "x-queue-type", value == .text("stream") {
            reader.add(
                node, "queue-argument",
                "x-queue-type: a stream does not remember what was taken from it; name a classic or quorum queue")
            return
        }
        reader.add(node, "queue-argument", "\(name): expected \(kind.words), found \(NodeReader.shown(node))")
    }

    private func checkTogether(
        _ arguments: [(name: String, value: QueueArgument)], _ isDurable: Bool,
        _ pairs: [(name: String, key: Node, value: Node)], _ queues: [QueueName], at place: Node
    ) {
        func argument(_ name: String) -> QueueArgument? { arguments.first { $0.name == name }?.value }
        if argument("x-queue-type") == .text("quorum"), !isDurable {
            reader.add(place, "queue-argument", "durable: a quorum queue is always durable; leave 'durable: false' out")
        }
        // The default exchange routes by queue name.
        guard argument("x-dead-letter-exchange") == .text("") else { return }
        let loops = queues.contains { queue in
            guard case .literal(let name) = queue else { return false }
            // Without `x-dead-letter-routing-key` a message keeps its routing key: usually the queue's name.
            return argument("x-dead-letter-routing-key").map { $0 == .text(name) } ?? true
        }
        let names = ["x-dead-letter-routing-key", "x-dead-letter-exchange"]
        if loops, let key = names.compactMap({ name in pairs.first { $0.name == name }?.value }).first {
            reader.add(
                key, "dead-letter-loop",
                "what the broker drops from this queue would come back to it; name another queue")
        }
    }
}
