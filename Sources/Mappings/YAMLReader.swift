internal import Documents
internal import Yams

/// Reads one mapping file's nodes; collects what is wrong instead of stopping at it.
struct YAMLReader {
    let file: String
    private(set) var routes: [RouteMapping] = []
    private(set) var mistakes: [MappingMistake] = []

    init(file: String) { self.file = file }

    /// The document's root; nil for an empty file.
    static func compose(_ text: String, file: String) throws(MappingMistake) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let (mark, problem) = place(of: error)
            throw MappingMistake(file: file, position: mark, rule: "yaml-syntax", message: "not valid YAML: \(problem)")
        } catch {
            throw MappingMistake(
                file: file, position: TextPosition(line: 1, column: 1), rule: "yaml-syntax", message: "\(error)")
        }
    }

    private static func place(of error: YamlError) -> (TextPosition, String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return (TextPosition(line: mark.line, column: mark.column), problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            return (
                TextPosition(line: context.mark.line, column: context.mark.column),
                "the key '\(duplicates.first.map { "\($0)" } ?? "")' is there more than once; keep one"
            )
        default: return (TextPosition(line: 1, column: 1), "\(error)")
        }
    }

    mutating func readRoutes(_ root: Node, settings: [String]) {
        let top = members(root, of: "a mapping file", allowed: ["routes"])
        guard let all = top["routes"] else {
            if root.mapping != nil { add(root, "missing-field", "a mapping file needs 'routes:'") }
            return
        }
        guard let mapping = all.mapping else {
            return add(all, "type", "'routes' holds routes by name, such as 'catalogs:'")
        }
        for (name, body) in mapping {
            guard let word = name.scalar?.string, Self.isName(word) else {
                add(name, "route-name", "a route's name has 1 to 64 letters, digits, '-' or '_'")
                continue
            }
            readRoute(word, body, settings: settings)
        }
    }

    private static func isName(_ word: String) -> Bool {
        (1...64).contains(word.utf8.count)
            && word.utf8.allSatisfy {
                ($0 | 32 >= 97 && $0 | 32 <= 122) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: "_")
            }
    }

    private mutating func readRoute(_ name: String, _ body: Node, settings: [String]) {
        let fields = members(body, of: "route '\(name)'", allowed: ["from", "message", "versionField"])
        if let message = fields["message"] {
            if message.scalar?.string != "catalog" {
                add(message, "message", "message: expected 'catalog', found \(Self.shown(message))")
            }
        } else if body.mapping != nil {
            add(body, "missing-field", "route '\(name)' needs 'message: catalog'")
        }
        guard let from = fields["from"] else {
            if body.mapping != nil { add(body, "missing-field", "route '\(name)' needs 'from:'") }
            return
        }
        let sources = members(from, of: "'from'", allowed: ["amqp"])
        guard let amqp = sources["amqp"] else {
            if from.mapping != nil { add(from, "missing-field", "'from' needs 'amqp:'") }
            return
        }
        let options = members(amqp, of: "'amqp'", allowed: ["prefetch", "queue"])
        guard let queue = options["queue"] else {
            if amqp.mapping != nil { add(amqp, "missing-field", "'amqp' needs 'queue:'") }
            return
        }
        guard let source = queueName(queue, settings: settings) else { return }
        routes.append(
            RouteMapping(
                name: name, queue: source, prefetch: prefetch(options["prefetch"]),
                versionField: versionField(fields["versionField"]), file: file,
                position: Self.position(queue)))
    }

    private mutating func queueName(_ node: Node, settings: [String]) -> RouteMapping.QueueName? {
        if let text = node.scalar?.string {
            guard (1...255).contains(text.utf8.count) else {
                add(node, "queue-name", "queue: expected a name of 1 to 255 bytes, found \(text.utf8.count)")
                return nil
            }
            return .literal(text)
        }
        let fields = members(node, of: "'queue'", allowed: ["setting"])
        guard let name = fields["setting"] else {
            if node.mapping != nil {
                add(node, "missing-field", "'queue' is a name, or {setting: rabbitMQ.endpointName}")
            }
            return nil
        }
        let word = name.scalar?.string ?? ""
        guard settings.contains(word) else {
            let hint = Spelling.nearest(to: word, in: settings).map { " (did you mean '\($0)'?)" } ?? ""
            add(name, "unknown-setting", "no setting is named '\(word)'\(hint)")
            return nil
        }
        return .setting(word)
    }

    private mutating func versionField(_ node: Node?) -> String? {
        guard let node else { return nil }
        guard let name = node.scalar?.string, !name.isEmpty, !name.hasPrefix("$"), !name.contains(".") else {
            add(
                node, "version-field",
                "versionField: expected the name of a top-level field such as updatedAt, found \(Self.shown(node))")
            return nil
        }
        return name
    }

    private mutating func prefetch(_ node: Node?) -> Int? {
        guard let node else { return nil }
        guard let count = node.scalar.flatMap({ Int($0.string) }), (1...65535).contains(count) else {
            add(node, "prefetch", "prefetch: expected a whole number from 1 to 65535, found \(Self.shown(node))")
            return nil
        }
        return count
    }

    // MARK: Nodes

    /// The members of a mapping by name; unknown names and other kinds of node are mistakes.
    private mutating func members(_ node: Node, of what: String, allowed: [String]) -> [String: Node] {
        guard let mapping = node.mapping else {
            add(
                node, "type",
                "\(what): expected \(allowed.map { "'\($0):'" }.joined(separator: " and ")), found \(Self.shown(node))")
            return [:]
        }
        var found: [String: Node] = [:]
        for (name, value) in mapping {
            let word = name.scalar?.string ?? ""
            guard allowed.contains(word) else {
                let hint =
                    Spelling.nearest(to: word, in: allowed).map { " (did you mean '\($0)'?)" }
                    ?? "; \(what) knows \(allowed.joined(separator: ", "))"
                add(name, "unknown-field", "unknown field '\(word)'\(hint)")
                continue
            }
            found[word] = value
        }
        return found
    }

    private mutating func add(_ node: Node, _ rule: String, _ message: String) {
        mistakes.append(MappingMistake(file: file, position: Self.position(node), rule: rule, message: message))
    }

    private static func position(_ node: Node) -> TextPosition {
        TextPosition(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private static func shown(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): "'\(scalar.string.prefix(60))'"
        case .mapping: "keys and values"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
