internal import JSON
internal import Schemas
internal import Yams

/// Compiles `to:`, the targets of a route or of one of its cases.
struct TargetCompiler {
    struct Targets {
        /// Where records are stored; nil if they are not.
        var stored: Stored?
        var postings: [PostingShape] = []
        /// Further records.
        var records: [RecordCompiler.Compiled] = []

        var storesRecords: Bool { stored != nil || (postings.isEmpty && records.isEmpty) }
    }

    struct Stored {
        /// Nil: the definition's collection.
        var collection: String?
        var position: TextPosition
    }

    let reader: NodeReader
    let context: MappingContext

    /// Reads all targets of a `to:`.
    func targets(_ node: Node) -> Targets {
        var targets = Targets()
        for one in node.sequence.map({ Array($0) }) ?? [node] { add(one, to: &targets) }
        if let sequence = node.sequence, sequence.isEmpty {
            reader.add(node, "type", "to: expected at least one target; leave 'to:' out for MongoDB alone")
        }
        return targets
    }

    private func add(_ node: Node, to targets: inout Targets) {
        func store(_ collection: String?) {
            if targets.stored != nil {
                reader.add(
                    node, "target-twice",
                    "to: 'mongodb' is there twice, and an item's own record has one place; give the second one 'definition:',"
                        + " 'operation:' and 'fields:' for a further record")
            }
            targets.stored = Stored(collection: collection, position: reader.position(node))
        }
        if node.scalar != nil {
            if reader.word(node, of: ["mongodb"], what: "to") != nil { store(nil) }
            return
        }
        guard let to = reader.members(node, Language.to, what: "'to'") else { return }
        guard let first = to.all.first, to.all.count == 1 else {
            reader.add(
                node, "target",
                "a target is one of 'mongodb:', 'amqp:', 'file:', 'log:' and 'websocket:'; for several write a list: to: [mongodb, { amqp: … }]"
            )
            return
        }
        switch first.name {
        case "mongodb":
            guard let options = reader.members(first.value, Language.mongodb, what: "'mongodb'") else { return }
            let name = options["collection"].map { collection($0) }
            if let name, name == nil { return }
            guard options.all.contains(where: { $0.name != "collection" }) else { return store(name ?? nil) }
            let record = RecordCompiler(reader: reader, context: context, number: targets.records.count + 1).record(
                options, collection: name ?? nil, outcomes: outcomes(options))
            if let record { targets.records.append(record) }
        case "amqp":
            guard let options = reader.members(first.value, Language.amqpTarget, what: "'amqp'") else { return }
            guard let (destination, setting) = destination(options) else { return }
            targets.postings.append(posting(options, to: destination, namedBy: setting))
        case "file":
            guard let options = reader.members(first.value, Language.fileTarget, what: "'file'"),
                let path = options["path"].flatMap({ reader.text($0, what: "path") })
            else { return }
            targets.postings.append(posting(options, to: .file(path: path)))
        case "websocket": if let push = push(first.value) { targets.postings.append(push) }
        default:
            guard let options = reader.members(first.value, Language.logTarget, what: "'log'") else { return }
            targets.postings.append(posting(options, to: .log))
        }
    }

    private func collection(_ node: Node) -> String? {
        guard let text = reader.text(node, what: "collection") else { return nil }
        guard CatalogName.isCollection(text), !["configuration", "dynamicField"].contains(text) else {
            reader.add(
                node, "collection",
                "'\(text.prefix(60))' cannot hold a catalog: a small letter, then up to 63 letters, digits, _ or -, and none"
                    + " of the gateway's own")
            return nil
        }
        return text
    }

    // MARK: Postings

    /// `setting`: the setting that names the queue.
    private func destination(
        _ options: NodeReader.Members
    ) -> (destination: PostingShape.Destination, setting: String?)? {
        switch (options["queue"], options["exchange"]) {
        case (let queue?, nil):
            if let key = options.key("routingKey") {
                reader.add(
                    key, "misplaced-field", "'routingKey:' goes with 'exchange:'; a queue is reached by its name")
            }
            return QueueNameReader(reader: reader, context: context).name(queue).map { name in
                // Changing the setting changes the route.
                guard case .setting(let key) = name else { return (.queue(context.resolved(name)), nil) }
                reader.otherFiles.append("\(key)=\(context.resolved(name))")
                return (.queue(context.resolved(name)), key)
            }
        case (nil, let exchange?):
            if options["routingKey"] == nil {
                reader.add(
                    options.key("exchange") ?? options.node, "missing-field",
                    "'exchange:' needs 'routingKey:'; write routingKey: \"\" for an exchange that looks at none")
            }
            guard let name = reader.text(exchange, what: "exchange") else { return nil }
            guard name.utf8.count <= 255 else {
                reader.add(
                    exchange, "exchange-name", "exchange: expected a name of 1 to 255 bytes, found \(name.utf8.count)")
                return nil
            }
            return (.exchange(name), nil)
        default:
            reader.add(
                options.node, "target", "'amqp' publishes to a 'queue:', or to an 'exchange:' with 'routingKey:'")
            return nil
        }
    }

    private func posting(
        _ options: NodeReader.Members, to destination: PostingShape.Destination, namedBy setting: String? = nil
    ) -> PostingShape {
        var values = ValueCompiler(reader: reader, context: context, slots: nil, parents: 1)
        values.knowsStored = true
        let storedBefore = reader.storedPaths.count
        let headers = (options["headers"].map { reader.pairs($0, what: "headers") } ?? []).compactMap {
            name, key, node in
            if name.utf8.count > 255 || name.isEmpty {
                reader.add(key, "header-name", "headers: expected a name of 1 to 255 bytes")
            }
            return values.value(node, what: "headers.\(name)", constants: true).map { (name: name, value: $0) }
        }
        let when = options["when"].flatMap { ConditionCompiler(values: values).condition($0, what: "when") }
        let routingKey = address(options, values)
        let body = options["body"].flatMap { self.body($0, values) }
        let declaration = declaration(options, to: destination)
        return PostingShape(
            destination: destination, queueSetting: setting, position: reader.position(options.node),
            declaration: options["queue"] == nil ? nil : declaration?.queue, topology: declaration?.topology ?? .init(),
            outcomes: outcomes(options), when: when,
            type: options["type"].flatMap { reader.text($0, what: "type") },
            usesStored: reader.storedPaths.count > storedBefore, routingKey: routingKey, headers: headers,
            body: body ?? .catalog)
    }

    /// Outcomes of items that lead to it.
    private func outcomes(_ options: NodeReader.Members) -> Set<String> {
        guard let node = options["outcomes"] else { return PostingShape.changes }
        if node.sequence?.isEmpty == true {
            reader.add(node, "target", "outcomes: with none nothing ever happens; name some, or leave it out")
        }
        let all = ["inserted", "updated", "unchanged", "deleted", "absent"]
        return Set(reader.elements(node, what: "outcomes").compactMap { reader.word($0, of: all, what: "outcomes") })
    }

    private func declaration(
        _ options: NodeReader.Members, to destination: PostingShape.Destination
    ) -> DeclarationCompiler.Compiled? {
        guard let node = options["declare"] else { return nil }
        let place: DeclarationCompiler.Place
        switch destination {
        case .queue(let name): place = .queue(.literal(name))
        case .exchange(let name): place = .exchange(name)
        case .file, .log, .webSocket: return nil
        }
        return DeclarationCompiler(reader: reader, context: context, place: place).declaration(node)
    }

    /// A posting to sockets.
    private func push(_ node: Node) -> PostingShape? {
        guard let options = reader.members(node, Language.webSocketTarget, what: "'websocket'"),
            let topic = options["topic"].flatMap({ SocketCompiler.topic($0, reader) }), options["key"] != nil
        else { return nil }
        if let body = options["body"] {
            if body.scalar?.string == "item" {
                reader.add(
                    body, "target",
                    "body: of a push 'item' could have a member '\(Language.pushID)', which says where a client goes on;"
                        + " write its fields")
            }
            for (key, _) in body.mapping ?? [:] where key.scalar?.string == Language.pushID {
                SocketCompiler.refuseID(key, "body", reader)
            }
        }
        return posting(options, to: .webSocket(topic: topic))
    }

    /// The routing key, or the key of sockets.
    private func address(_ options: NodeReader.Members, _ values: ValueCompiler) -> (any Expression)? {
        for what in ["routingKey", "key"] {
            guard let node = options[what] else { continue }
            if let text = node.scalar?.string, text.utf8.count > 255 {
                reader.add(node, "routing-key", "\(what): at most 255 bytes, found \(text.utf8.count)")
                return nil
            }
            return values.value(node, what: what, constants: true)
        }
        return nil
    }

    private func body(_ node: Node, _ values: ValueCompiler) -> PostingShape.Body? {
        if node.scalar != nil {
            return reader.word(node, of: ["catalog", "item"], what: "body").map { $0 == "item" ? .item : .catalog }
        }
        let fields = reader.pairs(node, what: "body").compactMap { name, _, value in
            values.value(value, what: "body.\(name)").map { (name: name, value: $0) }
        }
        if node.mapping?.isEmpty == true {
            reader.add(node, "target", "body: expected 'catalog', 'item' or fields; {} would post nothing of the item")
        }
        return fields.isEmpty ? nil : .value(ObjectValue(fields))
    }
}

/// Reads a queue name: a text, or a setting that holds it.
struct QueueNameReader {
    let reader: NodeReader
    let context: MappingContext

    func name(_ node: Node) -> QueueName? {
        if node.scalar != nil {
            guard let text = reader.text(node, what: "queue") else { return nil }
            guard text.utf8.count <= 255 else {
                reader.add(node, "queue-name", "queue: expected a name of 1 to 255 bytes, found \(text.utf8.count)")
                return nil
            }
            return .literal(text)
        }
        guard let members = reader.members(node, Language.queueSetting, what: "'queue'"), let name = members["setting"],
            let word = reader.text(name, what: "setting")
        else { return nil }
        guard context.settings.contains(word) else {
            let hint = Spelling.nearest(to: word, in: context.settings).map { " (did you mean '\($0)'?)" } ?? ""
            reader.add(name, "unknown-setting", "no setting is named '\(word)'\(hint)")
            return nil
        }
        return .setting(word)
    }
}
