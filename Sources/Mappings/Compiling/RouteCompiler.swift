internal import JSON
internal import Schemas
internal import Yams

/// Compiles one route.
struct RouteCompiler {
    struct Compiled {
        var route: RouteMapping
        /// Collections it is known to write.
        var targets: [(collection: String, definition: Definition, position: TextPosition)]
        /// Collections that it is known to write further records to.
        var further: [(collection: String, definition: Definition, position: TextPosition)] = []
        /// Its queues, with their positions in the file.
        var queues: [(name: QueueName, position: TextPosition)]
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
        let principalsBefore = reader.principals.count
        defer { AccessCompiler(reader: reader).check(reader.principals.dropFirst(principalsBefore), of: nil) }
        return FeedCompiler(reader: reader, context: context).feed(name, body, members, from: node)
    }

    func route(_ name: String, _ key: Node, _ body: Node) -> Compiled? {
        var compiled = undescribed(name, body)
        compiled?.route.description = body.mapping?["description"]?.scalar?.string
        return compiled
    }

    private func undescribed(_ name: String, _ body: Node) -> Compiled? {
        guard let members = reader.members(body, Language.route, what: "route '\(name)'") else { return nil }
        if let description = members["description"] {
            _ = reader.text(description, what: "description", allowsEmpty: true)
        }
        let othersBefore = reader.otherFiles.count
        let storedBefore = reader.storedPaths.count
        let principalsBefore = reader.principals.count
        let source = members["from"].flatMap {
            SourceCompiler(reader: reader, context: context).source($0)
        }
        if members["from"]?.mapping?["http"]?.mapping?["files"] != nil {
            return files(name, body, members, source, othersBefore)
        }
        let takesAll = self.takesAll(members)
        defer {
            AccessCompiler(reader: reader).check(reader.principals.dropFirst(principalsBefore), of: source?.source)
        }
        if case .http(let endpoint)? = source?.source, endpoint.method == .get || members["read"] != nil {
            return read(name, body, members, endpoint, source, othersBefore)
        }
        if members["from"]?.mapping?["websocket"] != nil { return sockets(name, body, members, source, othersBefore) }
        if let key = members.key("read") {
            reader.add(key, "misplaced-field", "'read:' goes with 'from: { http: { method: GET, … } }'")
        }
        let shapes = self.shapes(members, name: name, takesAll: takesAll)
        let otherwise = members["else"].flatMap { reader.word($0, of: ["deadLetter", "ignore"], what: "else") }
        if let node = members.key("else"), !shapes.isEmpty, shapes.contains(where: { $0.shape.when == nil }) {
            reader.add(node, "unreachable", "'else:' is never reached: there is a shape that takes every message")
        }
        let answers = members["respond"].flatMap {
            AnswerCompiler(reader: reader, context: context, item: itemMembers(shapes)).table($0)
        }
        if let source { EndpointCompiler(reader: reader, context: context).check(source.source, members, takesAll) }
        checkStoredPaths(since: storedBefore, shapes)
        if let node = members["respond"] { checkAnswers(node, shapes.map(\.shape)) }
        let versionField = VersionCompiler(reader: reader).field(members, shapes)
        guard let source, !shapes.isEmpty else { return nil }
        if let prefetch = source.prefetch, prefetch.count < 100, shapes.allSatisfy({ $0.shape.depth == 0 }) {
            reader.add(
                prefetch.position, "prefetch-below-batch",
                "every message is one item, so a prefetch of \(prefetch.count) keeps batches to \(prefetch.count) items; leave it out,"
                    + " or raise it", severity: .hint)
        }
        let route = RouteMapping(
            name: name, from: source.source, versionField: versionField, answers: answers ?? .usual,
            file: reader.file,
            position: source.position,
            shapes: shapes.map(\.shape), takesAll: takesAll, ignoresOthers: otherwise == "ignore",
            source: text(of: body, othersBefore))
        return Compiled(
            route: route, targets: shapes.flatMap(\.targets), further: shapes.flatMap(\.further), queues: source.queues)
    }

    /// Paths from the stored record that no definition of the route has.
    private func checkStoredPaths(since count: Int, _ shapes: [MessageCompiler.Compiled]) {
        let definitions = shapes.flatMap(\.targets).map(\.definition)
        guard !definitions.isEmpty, definitions.count == shapes.count else { return }
        for (path, position) in reader.storedPaths.dropFirst(count) {
            guard case .name(let name)? = path.steps.first, !["_id", "companyId"].contains(name.description) else {
                continue
            }
            let isKnown = definitions.contains { definition in
                definition.allowsUnknownFields || definition.fields.contains { $0.name == name.description }
            }
            guard !isKnown else { continue }
            let names = definitions.flatMap { $0.fields.map(\.name) }
            let hint = Spelling.nearest(to: name.description, in: names).map { " (did you mean '~.\($0)'?)" }
            reader.add(
                position, "unknown-field",
                "'\(path.text)': no record of this route has the field '\(name.description.prefix(60))'\(hint ?? "")")
        }
    }

    /// The members of items as they are mapped.
    private func itemMembers(_ shapes: [MessageCompiler.Compiled]) -> TemplateCompiler.Members {
        var members: [String: TemplateCompiler.Members] = ["operation": .none]
        for shape in shapes.map(\.shape) {
            guard let program = shape.program, !program.keepsOthers else { return .any }
            for field in program.fields { members[field.name] = TemplateCompiler.Members(of: field.value) }
        }
        return .named(members)
    }

    /// Answers that are never given.
    private func checkAnswers(_ node: Node, _ shapes: [MessageShape]) {
        let possible: [String: Set<String>] = [
            "I": ["inserted", "unchanged"], "U": ["updated", "unchanged"], "D": ["deleted", "absent"],
            "IU": ["inserted", "updated", "unchanged"],
        ]
        let outcomes = shapes.reduce(into: Set<String>()) { all, shape in
            for operation in shape.operations { all.formUnion(possible[operation] ?? []) }
        }
        for (key, _) in node.mapping ?? [:] {
            guard let word = key.scalar?.string else { continue }
            let isOutcome = ["inserted", "updated", "unchanged", "deleted", "absent"].contains(word)
            if isOutcome, !shapes.isEmpty, shapes.allSatisfy(\.storesRecords), !outcomes.contains(word) {
                reader.add(
                    key, "unreachable",
                    "'\(word):' is never answered: with this operation an item is \(outcomes.sorted().joined(separator: " or "))"
                )
            }
            if word == "guard", shapes.allSatisfy({ $0.storedCondition == nil }) {
                reader.add(key, "unreachable", "'guard:' is never answered: the message has no 'if:'")
            }
        }
    }

    /// A route whose requests read, and change nothing.
    private func read(
        _ name: String, _ body: Node, _ members: NodeReader.Members, _ endpoint: HTTPEndpoint,
        _ source: SourceCompiler.Compiled?, _ othersBefore: Int
    ) -> Compiled? {
        guard let node = members["read"] else {
            reader.add(
                members.node, "missing-field",
                "a GET changes nothing, and needs 'read:'; for a request that does, use POST, PUT, PATCH or DELETE")
            return nil
        }
        let shape = ReadCompiler(reader: reader, context: context).read(node, members, name: name, endpoint: endpoint)
        guard let shape, let source else { return nil }
        let route = RouteMapping(
            name: name, from: source.source, file: reader.file, position: source.position, shapes: [], read: shape,
            source: text(of: body, othersBefore))
        return Compiled(route: route, targets: [], queues: [])
    }

    /// A route whose clients subscribe to a topic.
    private func sockets(
        _ name: String, _ body: Node, _ members: NodeReader.Members, _ source: SourceCompiler.Compiled?,
        _ othersBefore: Int
    ) -> Compiled? {
        let subscription = SocketCompiler(reader: reader, context: context).subscription(members)
        guard let subscription, let source else { return nil }
        let route = RouteMapping(
            name: name, from: source.source, file: reader.file, position: source.position, shapes: [],
            subscription: subscription, source: text(of: body, othersBefore))
        return Compiled(route: route, targets: [], queues: [])
    }

    /// A route whose requests get files.
    private func files(
        _ name: String, _ body: Node, _ members: NodeReader.Members, _ source: SourceCompiler.Compiled?,
        _ othersBefore: Int
    ) -> Compiled? {
        for (other, key, _) in members.all where !["from", "description"].contains(other) {
            reader.add(key, "misplaced-field", "a route with 'files:' only serves them, so it has no '\(other):'")
        }
        guard let source else { return nil }
        let route = RouteMapping(
            name: name, from: source.source, file: reader.file, position: source.position, shapes: [],
            source: text(of: body, othersBefore))
        return Compiled(route: route, targets: [], queues: [])
    }

    /// The route's source text, with the files that it names.
    private func text(of body: Node, _ othersBefore: Int) -> String {
        var text: [UInt8] = []
        YAMLValue.appendJSON(body, to: &text)
        for other in reader.otherFiles[othersBefore...] { text.append(contentsOf: other.utf8) }
        return String(decoding: text, as: UTF8.self)
    }

    private func shapes(
        _ members: NodeReader.Members, name: String, takesAll: Bool
    ) -> [MessageCompiler.Compiled] {
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
        var conditions: [(text: [UInt8], position: TextPosition)] = []
        for (number, element) in reader.elements(cases, what: "cases", allowsEmpty: false).enumerated() {
            guard let own = reader.members(element, Language.routeCase, what: "a case of route '\(name)'") else {
                continue
            }
            if catchesAll, !takesAll {
                reader.add(
                    element, "unreachable", "a case before this one takes every message; give that one a 'when:'")
            }
            if own["when"] == nil { catchesAll = true }
            if let when = own["when"], !takesAll {
                var text: [UInt8] = []
                YAMLValue.appendJSON(when, to: &text)
                if let before = conditions.first(where: { $0.text == text }) {
                    reader.add(
                        when, "unreachable",
                        "the case at \(before.position) asks the same, and takes all these messages; change this 'when:', or"
                            + " say 'match: all'")
                }
                conditions.append((text, reader.position(when)))
            }
            guard own["message"] != nil else {
                reader.add(element, "missing-field", "a case needs 'message:'")
                continue
            }
            let caseName = self.caseName(own, number: number, takesAll: takesAll, before: compiled)
            if let shape = compiler.shape(own, name: caseName) { compiled.append(shape) }
        }
        return compiled
    }

    private func takesAll(_ members: NodeReader.Members) -> Bool {
        guard let match = members["match"], let word = reader.word(match, of: ["first", "all"], what: "match") else {
            return false
        }
        if members["cases"] == nil, let key = members.key("match") {
            reader.add(key, "misplaced-field", "'match:' goes with 'cases:'; this route has one shape")
        }
        return word == "all"
    }

    private func caseName(
        _ own: NodeReader.Members, number: Int, takesAll: Bool, before: [MessageCompiler.Compiled]
    ) -> String {
        guard let node = own["name"], let name = reader.text(node, what: "name") else {
            if takesAll, own["name"] == nil {
                reader.add(
                    own.node, "missing-field",
                    "with 'match: all' a case needs 'name:': the ledger knows its part of a message by it")
            }
            return "case \(number + 1)"
        }
        if before.contains(where: { $0.shape.name == name }) {
            reader.add(
                node, "case-twice", "a case before this one is named '\(name.prefix(60))' too; give it another name")
        }
        return name
    }
}
