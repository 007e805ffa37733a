internal import Documents
internal import Schemas
internal import Yams

/// Compiles one route.
struct RouteCompiler {
    struct Compiled {
        var route: RouteMapping
        /// The collections that it is known to write.
        var targets: [(collection: String, definition: Definition, position: TextPosition)]
    }

    let reader: NodeReader
    let context: MappingContext

    /// Whether a route's source is a collection of the store.
    static func isFeed(_ body: Node) -> Bool { body.mapping?["from"]?.mapping?["mongodb"] != nil }

    func feed(_ name: String, _ body: Node) -> FeedMapping? {
        guard let members = reader.members(body, Language.route, what: "route '\(name)'"), let from = members["from"],
            let sources = reader.members(from, Language.from, what: "'from'"), let node = sources["mongodb"]
        else { return nil }
        if sources.all.count > 1 { reader.add(from, "source", "a route has one source; write one route for each") }
        if let description = members["description"] {
            _ = reader.text(description, what: "description", allowsEmpty: true)
        }
        return FeedCompiler(reader: reader, context: context).feed(name, body, members, from: node)
    }

    func route(_ name: String, _ key: Node, _ body: Node) -> Compiled? {
        guard let members = reader.members(body, Language.route, what: "route '\(name)'") else { return nil }
        if let description = members["description"] {
            _ = reader.text(description, what: "description", allowsEmpty: true)
        }
        let othersBefore = reader.otherFiles.count
        let source = members["from"].flatMap { self.source($0) }
        let shapes = self.shapes(members, name: name)
        let otherwise = members["else"].flatMap { reader.word($0, of: ["deadLetter", "ignore"], what: "else") }
        if let node = members.key("else"), !shapes.isEmpty, shapes.contains(where: { $0.shape.when == nil }) {
            reader.add(node, "unreachable", "'else:' is never reached: there is a shape that takes every message")
        }
        let versionField = members["versionField"].flatMap { self.versionField($0, shapes.map(\.shape)) }
        guard let source, !shapes.isEmpty else { return nil }
        if let prefetch = source.prefetch, prefetch < 100, shapes.allSatisfy({ $0.shape.depth == 0 }) {
            reader.add(
                source.position, "prefetch-below-batch",
                "every message is one item, so a prefetch of \(prefetch) keeps batches to \(prefetch) items; leave it out,"
                    + " or raise it", severity: .hint)
        }
        var text: [UInt8] = []
        YAMLValue.appendJSON(body, to: &text) { node in
            reader.text(node, what: "route", allowsEmpty: true) ?? ""
        }
        for other in reader.otherFiles[othersBefore...] { text.append(contentsOf: other.utf8) }
        let route = RouteMapping(
            name: name, queue: source.queue, prefetch: source.prefetch, versionField: versionField, file: reader.file,
            position: source.position,
            shapes: shapes.map(\.shape), ignoresOthers: otherwise == "ignore",
            source: String(decoding: text, as: UTF8.self))
        return Compiled(route: route, targets: shapes.flatMap(\.targets))
    }

    private func shapes(_ members: NodeReader.Members, name: String) -> [MessageCompiler.Compiled] {
        let compiler = MessageCompiler(reader: reader, context: context)
        guard let cases = members["cases"] else {
            guard members["message"] != nil else {
                reader.add(members.node, "missing-field", "route '\(name)' needs 'message:' or 'cases:'")
                return []
            }
            return compiler.shape(members, name: name).map { [$0] } ?? []
        }
        for other in ["message", "when", "definition", "to", "onError"] {
            if let key = members.key(other) {
                reader.add(key, "misplaced-field", "a route with 'cases:' has '\(other):' in each of them")
            }
        }
        var compiled: [MessageCompiler.Compiled] = []
        var catchesAll = false
        for (number, element) in reader.elements(cases, what: "cases").enumerated() {
            guard let own = reader.members(element, Language.routeCase, what: "a case of route '\(name)'") else {
                continue
            }
            if catchesAll {
                reader.add(
                    element, "unreachable", "a case before this one takes every message; give that one a 'when:'")
            }
            if own["when"] == nil { catchesAll = true }
            guard own["message"] != nil else {
                reader.add(element, "missing-field", "a case needs 'message:'")
                continue
            }
            let caseName = own["name"].flatMap { reader.text($0, what: "name") } ?? "case \(number + 1)"
            if let shape = compiler.shape(own, name: caseName) { compiled.append(shape) }
        }
        return compiled
    }

    private func versionField(_ node: Node, _ shapes: [MessageShape]) -> String? {
        guard let name = reader.text(node, what: "versionField") else { return nil }
        guard !name.hasPrefix("$"), !name.contains("."), !["_id", "companyId", "operation"].contains(name) else {
            reader.add(
                node, "version-field",
                "versionField: expected the name of a top-level field such as updatedAt, found '\(name.prefix(60))'")
            return nil
        }
        for shape in shapes where !shape.keepsOthers && !shape.fieldNames.contains(name) {
            let hint = Spelling.nearest(to: name, in: shape.fieldNames).map { " (did you mean '\($0)'?)" } ?? ""
            reader.add(
                node, "version-field", "versionField: 'fields:' gives no '\(name.prefix(60))'\(hint); add it there")
        }
        return name
    }

    // MARK: Sources

    private struct Source {
        var queue: RouteMapping.QueueName
        var prefetch: Int?
        var position: TextPosition
    }

    private func source(_ node: Node) -> Source? {
        guard let sources = reader.members(node, Language.from, what: "'from'"), let amqp = sources["amqp"],
            let options = reader.members(amqp, Language.amqp, what: "'amqp'")
        else { return nil }
        let prefetch = options["prefetch"].flatMap { reader.integer($0, in: 1...65535, what: "prefetch") }
        guard let node = options["queue"], let queue = QueueNameReader(reader: reader, context: context).name(node)
        else { return nil }
        return Source(queue: queue, prefetch: prefetch, position: reader.position(node))
    }
}
