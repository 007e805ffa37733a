internal import JSON
internal import Schemas
internal import Yams

/// Compiles `read:`: what a request reads and shows.
struct ReadCompiler {
    let reader: NodeReader
    let context: MappingContext

    private static let mostDocuments = 10_000
    private static let usualDocuments = 100

    /// `members`: of the route. `endpoint`: its requests.
    func read(_ node: Node, _ members: NodeReader.Members, name: String, endpoint: HTTPEndpoint) -> ReadShape? {
        for other in ["when", "definition", "to", "cases", "match", "versionField", "else", "respond"] {
            if let key = members.key(other) {
                reader.add(key, "misplaced-field", "a route with 'read:' changes nothing, so it has no '\(other):'")
            }
        }
        if endpoint.method != .get {
            reader.add(
                members.key("read") ?? node, "misplaced-field",
                "'read:' goes with 'method: GET'; \(endpoint.method.rawValue) changes something")
        }
        guard let options = reader.members(node, Language.read, what: "'read'") else { return nil }
        for key in members["from"]?.mapping?["http"]?.mapping?.map(\.key) ?? [] {
            let word = key.scalar?.string ?? ""
            guard ["body", "bodyBytes", "contentTypes", "idempotency", "deadLetters"].contains(word) else { continue }
            reader.add(key, "misplaced-field", "'\(word):' speaks of messages, and a GET is not one; leave it out")
        }
        let (collection, definition) = place(options)
        let conditions = self.conditions(options, definition)
        let list = self.list(options, definition)
        let policy = members["onError"].flatMap { MessageCompiler.policy($0, reader) } ?? .reject
        let document = FeedCompiler(reader: reader, context: context)
            .document(members, when: nil, policy: policy, name: name)
        guard let collection, let conditions, let document else { return nil }
        let template = options["template"].flatMap { node in
            let one = shown(document, definition)
            return TemplateCompiler(reader: reader, context: context).template(
                node, members: options["key"] == nil ? .named(["items": one, "next": .none]) : one)
        }
        return ReadShape(
            collection: collection, conditions: conditions,
            recordKey: options["key"] == nil ? [] : definition.map { ["companyId"] + $0.key } ?? [],
            list: options["key"] == nil ? list : nil,
            document: document, template: template)
    }

    /// The members of what is shown of a record.
    private func shown(_ document: DocumentShape, _ definition: Definition?) -> TemplateCompiler.Members {
        var members: [String: TemplateCompiler.Members] = [:]
        if document.fields == nil || document.keepsOthers {
            guard let definition, !definition.allowsUnknownFields else { return .any }
            for name in ["_id", "companyId"] + definition.fields.map(\.name) { members[name] = .any }
        }
        for field in document.fields ?? [] { members[field.name] = TemplateCompiler.Members(of: field.value) }
        return .named(members)
    }

    private func place(_ options: NodeReader.Members) -> (collection: String?, definition: Definition?) {
        switch (options["definition"], options["collection"]) {
        case (let node?, nil):
            guard let name = reader.text(node, what: "definition") else { return (nil, nil) }
            guard let catalogs = context.catalogs else { return (name, nil) }
            if let found = catalogs[name] { return (found.collection, found) }
            let hint = catalogs.nearest(to: name).map { " (did you mean '\($0)'?)" } ?? "; name a collection instead"
            reader.add(node, "unknown-definition", "no definition is named '\(name.prefix(60))'\(hint)")
            return (nil, nil)
        case (nil, let node?):
            guard let name = reader.text(node, what: "collection") else { return (nil, nil) }
            guard !name.hasPrefix("system."), !name.hasPrefix("gateway."), !name.contains("$"), !name.contains("\0"),
                name != "configuration"
            else {
                reader.add(node, "collection", "'\(name.prefix(60))' is not a collection that requests may read")
                return (nil, nil)
            }
            return (name, nil)
        case (nil, nil):
            reader.add(options.node, "missing-field", "'read' needs 'definition:' or 'collection:'")
        case (_?, _?):
            reader.add(
                options.key("collection") ?? options.node, "misplaced-field",
                "'definition:' names the collection already; keep one")
        }
        return (nil, nil)
    }

    private func conditions(_ options: NodeReader.Members, _ definition: Definition?) -> [ReadShape.Condition]? {
        if let key = options.key("filter"), options["key"] != nil {
            reader.add(key, "misplaced-field", "'key:' names one record, 'filter:' several; keep one")
            return nil
        }
        guard let node = options["key"] ?? options["filter"] else { return [] }
        let before = reader.mistakes.count
        let values = ValueCompiler(reader: reader, context: context, slots: nil, parents: 0)
        let conditions = reader.pairs(node, what: options["key"] == nil ? "filter" : "key", allowsEmpty: false)
            .compactMap { name, key, value -> ReadShape.Condition? in
                guard !name.hasPrefix("$"), !name.contains("\0"), !name.isEmpty else {
                    reader.add(
                        key, "field-name",
                        "expected the name of a field, found '\(name.prefix(60))'; values are compared for equality")
                    return nil
                }
                let kind = definition.map { definition in
                    Array(name.utf8).withUnsafeBufferPointer { definition.bson(named: $0) }
                }
                if let definition, name != "companyId", name != "_id",
                    !definition.fields.contains(where: { $0.name == name })
                {
                    let hint = Spelling.nearest(to: name, in: definition.fields.map(\.name)).map {
                        " (did you mean '\($0)'?)"
                    }
                    reader.add(
                        key, "unknown-field",
                        "'\(definition.catalog)' has no field '\(name.prefix(60))'\(hint ?? "; correct the name")")
                }
                guard let compiled = values.value(value, what: name) else { return nil }
                if compiled.origin != nil {
                    reader.add(value, "path", "\(name): a GET has no body; name a parameter: { parameter: \(name) }")
                    return nil
                }
                return Optional(compiled).map {
                    ReadShape.Condition(
                        field: name, kind: name == "companyId" ? .string : kind ?? .any, value: $0,
                        parameter: Self.parameter(value))
                }
            }
        if let definition, let node = options["key"] {
            let named = Set(conditions.map(\.field))
            let missing = (["companyId"] + definition.key).filter { !named.contains($0) }
            if !missing.isEmpty, !named.contains("_id") {
                reader.add(
                    node, "missing-field",
                    "key: one record of '\(definition.catalog)' is named by \((["companyId"] + definition.key).joined(separator: " + ")); add"
                        + " \(missing.joined(separator: ", ")), or use 'filter:' for several")
            }
        }
        return reader.hasErrors(since: before) ? nil : conditions
    }

    /// The parameter that a value is, as it comes or as a whole number.
    private static func parameter(_ node: Node) -> String? {
        guard let members = node.mapping, let name = members["parameter"]?.scalar?.string else { return nil }
        return members.allSatisfy { ["parameter", "integer", "text"].contains($0.key.scalar?.string) } ? name : nil
    }

    private func list(_ options: NodeReader.Members, _ definition: Definition?) -> ReadShape.List {
        if options["key"] != nil {
            for name in ["order", "limit"] {
                guard let key = options.key(name) else { continue }
                reader.add(key, "misplaced-field", "'\(name):' speaks of several records, and 'key:' names one")
            }
        }
        var order = options["order"].flatMap { reader.text($0, what: "order") }
        let isDescending = order?.hasPrefix("-") ?? false
        if isDescending { order = order.map { String($0.dropFirst()) } }
        if let name = order, name.isEmpty || name.hasPrefix("$") || name.contains("\0"), let node = options["order"] {
            reader.add(node, "field-name", "order: expected the name of a field such as createdAt, or -createdAt")
        }
        if let order, let definition, !definition.allowsUnknownFields, let node = options["order"],
            !["_id", "companyId"].contains(order), !definition.fields.contains(where: { $0.name == order })
        {
            let hint = Spelling.nearest(to: order, in: definition.fields.map(\.name)).map { " (did you mean '\($0)'?)" }
            reader.add(
                node, "unknown-field",
                "order: '\(definition.catalog)' has no field '\(order.prefix(60))'\(hint ?? "; correct the name")")
        }
        return ReadShape.List(
            order: order == "_id" ? nil : order, isDescending: isDescending,
            limit: options["limit"].flatMap { reader.integer($0, in: 1...Self.mostDocuments, what: "limit") }
                ?? Self.usualDocuments)
    }
}
