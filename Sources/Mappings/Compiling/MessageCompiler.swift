internal import JSON
internal import Schemas
internal import Yams

/// Compiles a message shape: `when`, `message`, `definition`, `to` and `onError` of a route or of one of its cases.
struct MessageCompiler {
    struct Compiled {
        var shape: MessageShape
        var targets: [(collection: String, definition: Definition, position: TextPosition)]
        /// Collections of further records.
        var further: [(collection: String, definition: Definition, position: TextPosition)]
        var version: VersionCompiler.Version?
    }

    let reader: NodeReader
    let context: MappingContext

    static let operations = ["I", "U", "D", "IU"]

    func shape(_ members: NodeReader.Members, name: String) -> Compiled? {
        let pathsBefore = reader.messagePaths.count
        let envelope = values(slots: nil, parents: 0)
        let when = members["when"].flatMap { ConditionCompiler(values: envelope).condition($0, what: "when") }
        let definition = self.definition(members["definition"])
        let to = members["to"].map { self.targets($0) }
        let policy = members["onError"].flatMap { Self.policy($0, reader) } ?? .reject
        guard let message = members["message"] else { return nil }
        if message.scalar != nil {
            return short(
                message, members, name: name, when: when, to, paths: Array(reader.messagePaths[pathsBefore...]))
        }
        guard let body = reader.members(message, Language.message, what: "message") else { return nil }
        let pointsBefore = reader.branchPoints.count
        let items = body["items"].flatMap { self.items($0) }
        let companyId = body["companyId"].flatMap { envelope.value($0, what: "companyId", constants: true) }
        let messageId = body["messageId"].flatMap { envelope.value($0, what: "messageId") }
        let catalog = self.catalog(body, members, envelope)
        if items?.steps.isEmpty == false {
            hintAtItemPaths(body, [("companyId", companyId), ("messageId", messageId)])
        }

        let keysBefore = reader.newKeys.count
        let slots = SlotNames()
        // Enclosing elements of an item: the message, and each array element on the path except the item itself.
        let hasLines = body["csv"]?.mapping?["lines"] != nil
        // Without a path every level could be right.
        let parents =
            items.map { path in
                let isItem = path.steps.last?.isAll == true && !hasLines
                return 1 + path.steps.count(where: \.isAll) - (isItem ? 1 : 0)
            } ?? .max
        var item = values(slots: slots, parents: parents)
        item.storesFields = true
        let program = self.program(
            body, item, slots, policy: policy, definition: definition?.definition,
            storesRecords: to?.storesRecords ?? true)
        let storedCondition = body["if"].flatMap { self.storedCondition($0, to, program) }
        let csv = body["csv"].flatMap { self.csv($0, slots) }
        guard let items, let companyId, let catalog else { return nil }
        let shape = MessageShape(
            name: name, when: when, items: items, csv: csv, companyId: companyId, catalog: catalog,
            messageId: messageId,
            program: isPassThrough(body, items) ? nil : program, storedCondition: storedCondition,
            collection: to?.stored?.collection,
            storesRecords: to?.storesRecords ?? true, postings: to?.postings ?? [],
            records: to?.records.map(\.shape) ?? [],
            branchPoints: Array(reader.branchPoints[pointsBefore...]),
            messagePaths: Array(reader.messagePaths[pathsBefore...]),
            makesKeys: reader.newKeys.count > keysBefore,
            sequences: reader.newKeys[keysBefore...].compactMap { $0 })
        var targets: [(String, Definition, TextPosition)] = []
        if let found = definition?.definition, shape.storesRecords {
            let position = to?.stored?.position ?? definition?.position ?? reader.position(message)
            targets.append((to?.stored?.collection ?? found.collection, found, position))
        }
        let version = body["version"].flatMap { node in
            program.flatMap { program in
                VersionCompiler(reader: reader).version(
                    node, program.fields, keepsOthers: program.keepsOthers,
                    dropped: body["drop"]?.sequence?.compactMap { $0.scalar?.string } ?? [])
            }
        }
        if let version, shape.program?.fields.contains(where: { $0.isLate && $0.name == version.field }) == true {
            reader.add(
                version.position, "version-field",
                "version: '\(version.field)' looks at the stored record (~), so it cannot tell which of the two is newer; take it"
                    + " from the item")
        }
        return Compiled(shape: shape, targets: targets, further: Self.further(to), version: version)
    }

    private func targets(_ node: Node) -> TargetCompiler.Targets {
        let before = reader.storedPaths.count
        let targets = TargetCompiler(reader: reader, context: context).targets(node)
        guard !targets.storesRecords else { return targets }
        for (path, position) in reader.storedPaths.dropFirst(before) {
            reader.add(
                position, "nothing-stored",
                "'\(path.text)': items have no record of their own here; take the value from the item, or add 'mongodb' to"
                    + " the targets")
        }
        return targets
    }

    private static func further(
        _ to: TargetCompiler.Targets?
    ) -> [(collection: String, definition: Definition, position: TextPosition)] {
        (to?.records ?? []).compactMap { record in
            record.definition.map { (record.shape.collection ?? $0.collection, $0, record.shape.position) }
        }
    }

    /// A path with `.` looks like one of the item, which these are not.
    private func hintAtItemPaths(_ body: NodeReader.Members, _ parts: [(name: String, value: (any Expression)?)]) {
        for (name, value) in parts {
            guard let node = body[name], let path = value?.origin, path.base == .item, !path.steps.isEmpty else {
                continue
            }
            reader.add(
                node, "path",
                "\(name): '\(path.text)' is read from the message, because all items share it; write '$\(path.text)'",
                severity: .hint)
        }
    }

    private func values(slots: SlotNames?, parents: Int) -> ValueCompiler {
        ValueCompiler(reader: reader, context: context, slots: slots, parents: parents)
    }

    /// `message: catalog`.
    private func short(
        _ node: Node, _ members: NodeReader.Members, name: String, when: Condition?, _ to: TargetCompiler.Targets?,
        paths: [Path]
    ) -> Compiled? {
        guard node.scalar?.string == "catalog" else {
            reader.add(node, "message", "message: expected 'catalog', or its shape, found \(NodeReader.shown(node))")
            return nil
        }
        if let key = members.key("definition") {
            reader.add(key, "misplaced-field", "a catalog message names its catalog itself; leave 'definition:' out")
        }
        let catalog = MessageShape.catalog
        let shape = MessageShape(
            name: name, when: when, items: catalog.items, csv: nil, companyId: catalog.companyId,
            catalog: catalog.catalog,
            messageId: nil, program: nil, collection: to?.stored?.collection,
            storesRecords: to?.storesRecords ?? true, postings: to?.postings ?? [],
            records: to?.records.map(\.shape) ?? [],
            messagePaths: paths)
        return Compiled(shape: shape, targets: [], further: Self.further(to))
    }

    /// Whether items are passed through unchanged: nothing is mapped, and their operation is where a catalog item has
    /// it.
    private func isPassThrough(_ body: NodeReader.Members, _ items: Path) -> Bool {
        let changes = ["fields", "where", "csv", "drop"]
        return body["keep"] != nil && !changes.contains { body[$0] != nil } && items.steps.last?.isAll == true
            && items.steps.count(where: \.isAll) == 1 && body["operation"]?.scalar?.string == ".operation"
    }

    /// `if:`, a condition on the stored record.
    private func storedCondition(
        _ node: Node, _ to: TargetCompiler.Targets?, _ program: ItemProgram?
    ) -> StoredCondition? {
        if to?.storesRecords == false {
            reader.add(node, "misplaced-field", "'if:' looks at stored records, and this route stores none")
            return nil
        }
        var values = self.values(slots: nil, parents: 1)
        values.knowsStored = true
        let before = reader.storedPaths.count
        guard let condition = ConditionCompiler(values: values).condition(node, what: "if") else { return nil }
        guard reader.storedPaths.count > before else {
            reader.add(
                node, "condition",
                "if: nothing of it looks at the stored record (~.field); use 'where:' to leave items out")
            return nil
        }
        for path in condition.paths {
            guard case .name(let step)? = path.steps.first else { continue }
            let name = step.description
            let isKnown =
                switch path.base {
                case .item:
                    program.map { $0.keepsOthers || $0.fields.contains { $0.name == name && !$0.isLate } } ?? true
                case .root: ["companyId", "catalog", "items"].contains(name)
                case .parent, .stored: true
                }
            if !isKnown {
                reader.add(
                    node, "path",
                    "if: '\(path.text)' is not there: '.' is the item as it is mapped, with those 'fields:' that do not look at ~,"
                        + " and '$' the catalog message with it; map the field, or read it from the record with ~")
            }
        }
        return StoredCondition(condition)
    }

    // MARK: The envelope

    private func items(_ node: Node) -> Path? {
        guard let text = reader.text(node, what: "items") else { return nil }
        do throws(PathParser.Problem) {
            let path = try PathParser.parse(text, allowsMany: true)
            guard path.base == .root else {
                reader.add(node, "path", "items: expected a path from the message, such as $.items[*], found '\(text)'")
                return nil
            }
            return path
        } catch {
            reader.add(node, "path", "items: '\(text.prefix(60))': \(error.message)")
            return nil
        }
    }

    private func definition(_ node: Node?) -> (definition: Definition?, name: String, position: TextPosition)? {
        guard let node, let name = reader.text(node, what: "definition") else { return nil }
        return (known(name, node), name, reader.position(node))
    }

    /// The definition with that name; reports one that is not known.
    func known(_ name: String, _ node: Node) -> Definition? {
        guard let catalogs = context.catalogs else { return nil }
        if let found = catalogs[name] { return found }
        if let nearest = catalogs.nearest(to: name) {
            reader.add(
                node, "unknown-definition", "no definition is named '\(name.prefix(60))' (did you mean '\(nearest)'?)")
        } else {
            reader.add(
                node, "unknown-definition",
                "no definition is named '\(name.prefix(60))'; unless a dynamic field declares it, its messages become dead letters",
                severity: .hint)
        }
        return nil
    }

    private func catalog(
        _ body: NodeReader.Members, _ members: NodeReader.Members, _ envelope: ValueCompiler
    ) -> (any Expression)? {
        if let node = body["catalog"] {
            if let key = members.key("definition") {
                reader.add(key, "definition-twice", "'definition:' and 'catalog:' both say it; keep one")
                return nil
            }
            if let name = node.scalar?.string, !PathParser.isPath(name) { _ = definition(node) }
            return envelope.value(node, what: "catalog", constants: true)
        }
        guard let node = members["definition"], let name = reader.text(node, what: "definition") else {
            reader.add(
                body.node, "missing-field",
                "message needs to know its catalog: write 'definition: catalogItem' beside it, or 'catalog: $.catalog' in it"
            )
            return nil
        }
        return Constant(text: name)
    }
}
