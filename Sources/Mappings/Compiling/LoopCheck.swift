internal import JSON

/// Detects loops: queues and collections whose messages come back to them through the postings of one or more routes.
struct LoopCheck {
    private struct Way {
        let to: String
        let words: String
        let file: String
        let position: TextPosition
    }

    /// Edges from a queue or collection to the targets written because of it.
    private var ways: [String: [Way]] = [:]
    private var starts: [String] = []
    /// Declared bindings, by exchange, with the exchange's type.
    private var bindings: [String: [(queue: String, binding: DeclaredBinding)]] = [:]
    private var kinds: [String: ExchangeDeclaration.Kind] = [:]

    init(routes: [RouteCompiler.Compiled], feeds: [FeedMapping], context: MappingContext) {
        for compiled in routes {
            if case .amqp(let source) = compiled.route.from {
                add(source.declaration, of: source.queues.map { context.resolved($0) }, source.topology)
            }
            for posting in compiled.route.shapes.flatMap(\.postings) { addDeclared(of: posting) }
        }
        for feed in feeds { addDeclared(of: feed.target) }
        for compiled in routes {
            let route = compiled.route
            for queue in route.from.queues.map({ context.resolved($0) }) {
                for shape in route.shapes {
                    for posting in shape.postings {
                        add(posting, from: "queue \(queue)", by: route.name, in: route.file)
                    }
                }
                for target in compiled.targets + compiled.further {
                    add(
                        Way(
                            to: "collection \(target.collection)", words: "route '\(route.name)'", file: route.file,
                            position: target.position), from: "queue \(queue)")
                }
            }
        }
        for feed in feeds { add(feed.target, from: "collection \(feed.collection)", by: feed.name, in: feed.file) }
    }

    private mutating func addDeclared(of posting: PostingShape) {
        if case .queue(let name) = posting.destination {
            add(posting.declaration, of: [name], posting.topology)
        } else {
            add(nil, of: [], posting.topology)
        }
    }

    private mutating func add(_ own: QueueDeclaration?, of queues: [String], _ topology: DeclaredTopology) {
        for exchange in topology.exchanges { kinds[exchange.name] = kinds[exchange.name] ?? exchange.kind }
        let all = queues.map { ($0, own) } + topology.queues.map { ($0.name, $0.declaration) }
        for (queue, declaration) in all {
            for binding in declaration?.bindings ?? [] {
                bindings[binding.exchange, default: []].append((queue, binding))
            }
        }
    }

    private mutating func add(_ posting: PostingShape, from start: String, by name: String, in file: String) {
        func reach(_ queue: String) {
            add(
                Way(to: "queue \(queue)", words: "route '\(name)'", file: file, position: posting.position), from: start
            )
        }
        switch posting.destination {
        case .queue(let queue): reach(queue)
        case .exchange(let exchange):
            // Other bindings are known only to the broker.
            let kind = kinds[exchange] ?? ExchangeDeclaration.builtIn(exchange)
            for (queue, binding) in bindings[exchange] ?? []
            where binding.takes(posting.fixedRoutingKey, of: kind) == true {
                reach(queue)
            }
        case .file, .log, .webSocket: break
        }
    }

    private mutating func add(_ way: Way, from start: String) {
        if ways[start] == nil { starts.append(start) }
        ways[start, default: []].append(way)
    }

    /// One mistake for each loop.
    var mistakes: [MappingDiagnostic] {
        var mistakes: [MappingDiagnostic] = []
        var told: Set<String> = []
        for start in starts {
            guard let loop = loop(from: start), let last = loop.last else { continue }
            // Skip the same loop entered at another queue.
            guard told.isDisjoint(with: loop.map(\.to)) else { continue }
            told.formUnion(loop.map(\.to))
            let steps = loop.map { "\($0.words) → \($0.to)" }.joined(separator: ", ")
            mistakes.append(
                MappingDiagnostic(
                    file: last.file, position: last.position, rule: "loop",
                    message: "messages from the \(start) come back to it forever: \(steps); publish to another queue"
                ))
        }
        return mistakes
    }

    private func loop(from start: String) -> [Way]? {
        var reached: Set<String> = []
        func search(_ place: String, _ path: [Way]) -> [Way]? {
            for way in ways[place] ?? [] {
                let longer = path + [way]
                if way.to == start { return longer }
                if reached.insert(way.to).inserted, let found = search(way.to, longer) { return found }
            }
            return nil
        }
        return search(start, [])
    }
}
