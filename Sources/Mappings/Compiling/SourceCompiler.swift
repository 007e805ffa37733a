internal import JSON
internal import Yams

/// Compiles `from:`: the source of a route's messages.
struct SourceCompiler {
    struct Compiled {
        var source: RouteSource
        /// Position of each queue name.
        var queues: [(name: QueueName, position: TextPosition)] = []
        /// Position of the source.
        var position: TextPosition
        /// Prefetch and its position.
        var prefetch: (count: Int, position: TextPosition)?
    }

    let reader: NodeReader
    let context: MappingContext

    func source(_ node: Node) -> Compiled? {
        guard let sources = reader.members(node, Language.from, what: "'from'") else { return nil }
        guard sources.all.count == 1, let (kind, _, body) = sources.all.first else {
            let kinds = Language.from.keys.map { "'\($0.name):'" }.joined(separator: ", ")
            // Unknown keys are already reported.
            if sources.all.count > 1 || node.mapping?.isEmpty == true {
                reader.add(node, "source", "'from' needs exactly one of \(kinds)")
            }
            return nil
        }
        switch kind {
        case "amqp": return amqp(body)
        case "timer": return timer(body)
        case "file": return file(body)
        case "http":
            return EndpointCompiler(reader: reader, context: context).endpoint(body).map {
                Compiled(source: .http($0), position: reader.position(body))
            }
        case "websocket":
            return SocketCompiler(reader: reader, context: context).endpoint(body).map {
                Compiled(source: .webSocket($0), position: reader.position(body))
            }
        default: preconditionFailure("a source without a compiler")
        }
    }

    // MARK: Queues

    private func amqp(_ node: Node) -> Compiled? {
        guard let options = reader.members(node, Language.amqp, what: "'amqp'") else { return nil }
        let prefetch = options["prefetch"].flatMap { self.prefetch($0) }
        let names = queues(options)
        let declaration = options["declare"].flatMap {
            DeclarationCompiler(reader: reader, context: context, place: .consumed(names.map(\.name))).declaration($0)
        }
        guard let first = names.first, options["declare"] == nil || declaration != nil else { return nil }
        let source = QueueSource(
            queues: names.map(\.name), prefetch: prefetch?.count, declaration: declaration?.queue,
            topology: declaration?.topology ?? .init())
        return Compiled(source: .amqp(source), queues: names, position: first.position, prefetch: prefetch)
    }

    private func queues(_ options: NodeReader.Members) -> [(name: QueueName, position: TextPosition)] {
        var nodes: [Node] = []
        switch (options["queue"], options["queues"]) {
        case (let queue?, nil): nodes = [queue]
        case (nil, let queues?):
            nodes = reader.elements(queues, what: "queues")
            if nodes.isEmpty { reader.add(queues, "missing-field", "queues: name at least one") }
        case (nil, nil): reader.add(options.node, "missing-field", "'amqp' needs 'queue:', or 'queues:' with several")
        case (_?, _?):
            reader.add(
                options.key("queues") ?? options.node, "misplaced-field", "'queue:' is one of 'queues:'; keep one")
        }
        var names: [(name: QueueName, position: TextPosition)] = []
        for node in nodes {
            guard let name = QueueNameReader(reader: reader, context: context).name(node) else { continue }
            if names.contains(where: { $0.name == name }) {
                reader.add(node, "queue-twice", "this queue is in the list already; name it once")
                continue
            }
            names.append((name, reader.position(node)))
        }
        return names
    }

    private func prefetch(_ node: Node) -> (count: Int, position: TextPosition)? {
        reader.integer(node, in: 1...65535, what: "prefetch").map { ($0, reader.position(node)) }
    }

    // MARK: Timers

    private func timer(_ node: Node) -> Compiled? {
        guard let options = reader.members(node, Language.timer, what: "'timer'") else { return nil }
        let position = reader.position(node)
        switch (options["every"], options["cron"]) {
        case (let every?, nil):
            if let zone = options.key("zone") {
                reader.add(zone, "misplaced-field", "'zone:' goes with 'cron:'; an interval counts from 1970, UTC")
            }
            guard let text = reader.text(every, what: "every") else { return nil }
            return schedule(every, "every") { () throws(ScheduleError) in try .parse(every: text) }
                .map { Compiled(source: .timer($0), position: position) }
        case (nil, let cron?):
            let zone = options["zone"].map { reader.text($0, what: "zone") } ?? "UTC"
            guard let text = reader.text(cron, what: "cron"), let zone else { return nil }
            return schedule(cron, "cron", zone: options["zone"]) { () throws(ScheduleError) in
                try .parse(cron: text, zone: zone)
            }.map { Compiled(source: .timer($0), position: position) }
        case (nil, nil): reader.add(node, "missing-field", "'timer' needs 'every:' or 'cron:'")
        case (_?, _?):
            reader.add(options.key("cron") ?? node, "misplaced-field", "'every:' and 'cron:' both say when; keep one")
        }
        return nil
    }

    private func schedule(
        _ node: Node, _ what: String, zone: Node? = nil, _ parse: () throws(ScheduleError) -> Schedule
    ) -> Schedule? {
        do throws(ScheduleError) {
            return try parse()
        } catch {
            let place = error.isAboutZone ? zone ?? node : node
            reader.add(place, "schedule", "\(error.isAboutZone ? "zone" : what): \(error.message)")
            return nil
        }
    }

    // MARK: Files

    private func file(_ node: Node) -> Compiled? {
        guard let options = reader.members(node, Language.fileSource, what: "'file'") else { return nil }
        let lineBytes = options["lineBytes"].flatMap { reader.integer($0, in: 1...(128 << 20), what: "lineBytes") }
        let prefetch = options["prefetch"].flatMap { self.prefetch($0) }
        guard let pathNode = options["path"], let path = reader.text(pathNode, what: "path") else { return nil }
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        if directory.contains(where: { $0.contains("*") || $0.contains("?") }) {
            reader.add(
                pathNode, "path", "path: '*' and '?' may stand in the last part alone, such as replay/*.ndjson")
            return nil
        }
        return Compiled(
            source: .file(LineFiles(path: path, lineBytes: lineBytes, prefetch: prefetch?.count)),
            position: reader.position(pathNode), prefetch: prefetch)
    }
}
