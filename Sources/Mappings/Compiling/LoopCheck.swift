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

    init(routes: [RouteCompiler.Compiled], feeds: [FeedMapping], context: MappingContext) {
        for compiled in routes {
            let route = compiled.route
            for queue in route.from.queues.map({ context.resolved($0) }) {
                for shape in route.shapes {
                    for posting in shape.postings {
                        add(posting, from: "queue \(queue)", by: route.name, in: route.file)
                    }
                }
                for target in compiled.targets {
                    add(
                        Way(
                            to: "collection \(target.collection)", words: "route '\(route.name)'", file: route.file,
                            position: target.position), from: "queue \(queue)")
                }
            }
        }
        for feed in feeds { add(feed.target, from: "collection \(feed.collection)", by: feed.name, in: feed.file) }
    }

    private mutating func add(_ posting: PostingShape, from start: String, by name: String, in file: String) {
        // What an exchange is bound to is known only to the broker.
        guard case .queue(let queue) = posting.destination else { return }
        add(
            Way(to: "queue \(queue)", words: "route '\(name)'", file: file, position: posting.position), from: start)
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
