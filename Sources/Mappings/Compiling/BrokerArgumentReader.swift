internal import JSON
internal import Yams

/// Reads `arguments:` of queues, exchanges and bindings.
struct BrokerArgumentReader {
    enum Kind {
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

    /// What has the arguments.
    struct Owner {
        let rule: String
        /// Arguments that RabbitMQ implements. It accepts others and ignores them.
        let known: [(name: String, kind: Kind)]
        /// Whether a name that resembles a known one is a mistake.
        let checksSpelling: Bool

        static let queue = Owner(
            rule: "queue-argument",
            known: [
                ("x-queue-type", .text(["classic", "quorum"])), ("x-message-ttl", .integer), ("x-expires", .integer),
                ("x-max-length", .integer), ("x-max-length-bytes", .integer),
                ("x-overflow", .text(["drop-head", "reject-publish", "reject-publish-dlx"])),
                ("x-dead-letter-exchange", .text(nil)), ("x-dead-letter-routing-key", .text(nil)),
                ("x-dead-letter-strategy", .text(["at-most-once", "at-least-once"])),
                ("x-single-active-consumer", .bool), ("x-max-priority", .integer),
                ("x-queue-mode", .text(["default", "lazy"])), ("x-queue-version", .integer),
                ("x-delivery-limit", .integer), ("x-quorum-initial-group-size", .integer),
                ("x-max-in-memory-length", .integer), ("x-max-in-memory-bytes", .integer),
                ("x-queue-leader-locator", .text(nil)), ("x-queue-master-locator", .text(nil)),
            ], checksSpelling: true)
        static let exchange = Owner(
            rule: "exchange-argument", known: [("alternate-exchange", .text(nil))], checksSpelling: true)
        /// A header may have any name.
        static let binding = Owner(
            rule: "binding-argument", known: [("x-match", .text(["all", "any", "all-with-x", "any-with-x"]))],
            checksSpelling: false)
    }

    struct Argument {
        let name: String
        let key: Node
        let node: Node
        let value: QueueArgument
    }

    let reader: NodeReader

    /// Without those that cannot be read.
    func arguments(_ node: Node?, of owner: Owner) -> [Argument] {
        (node.map { reader.pairs($0, what: "arguments") } ?? []).compactMap { name, key, node in
            guard let value = value(node, what: name) else { return nil }
            let argument = Argument(name: name, key: key, node: node, value: value)
            check(argument, of: owner)
            return argument
        }
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

    private func check(_ argument: Argument, of owner: Owner) {
        let (name, node) = (argument.name, argument.node)
        guard let (_, kind) = owner.known.first(where: { $0.name == name }) else {
            let nearest = owner.checksSpelling ? Spelling.nearest(to: name, in: owner.known.map(\.name)) : nil
            if name.utf8.count > 255 || nearest != nil {
                let hint = nearest.map { "did you mean '\($0)'?" } ?? "a name has at most 255 bytes"
                reader.add(argument.key, owner.rule, "RabbitMQ knows no argument '\(name.prefix(60))' (\(hint))")
            }
            return
        }
        let isRight =
            switch (kind, argument.value) {
            case (.text(let words), .text(let text)): words?.contains(text) != false
            case (.integer, .integer(let number)): number >= 0
            case (.bool, .bool): true
            default: false
            }
        guard !isRight else { return }
        if name == "x-queue-type", argument.value == .text("stream") {
            reader.add(
                node, owner.rule,
                "x-queue-type: a stream does not remember what was taken from it; name a classic or quorum queue")
            return
        }
        reader.add(node, owner.rule, "\(name): expected \(kind.words), found \(NodeReader.shown(node))")
    }
}

extension [BrokerArgumentReader.Argument] {
    subscript(name: String) -> BrokerArgumentReader.Argument? { first { $0.name == name } }

    var values: [(name: String, value: QueueArgument)] { map { ($0.name, $0.value) } }
}
