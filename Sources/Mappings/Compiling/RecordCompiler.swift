internal import JSON
internal import Schemas
internal import Yams

/// Compiles a `mongodb` target with fields: a further record of each item.
struct RecordCompiler {
    struct Compiled {
        let shape: RecordShape
        /// Nil where it is not known yet.
        let definition: Definition?
    }

    let reader: NodeReader
    let context: MappingContext
    /// Its number among the further records of its route or case.
    let number: Int

    func record(_ options: NodeReader.Members, collection: String?, outcomes: Set<String>) -> Compiled? {
        for needed in ["definition", "operation", "fields"] where options[needed] == nil {
            reader.add(
                options.node, "missing-field",
                "'mongodb' with '\(options["fields"] == nil ? "definition" : "fields"):' writes a further record of each"
                    + " item, and needs '\(needed):'; for the item's own record write 'mongodb' alone, or with"
                    + " 'collection:'")
            return nil
        }
        guard let node = options["definition"], let name = reader.text(node, what: "definition") else { return nil }
        let compiler = MessageCompiler(reader: reader, context: context)
        let definition = compiler.known(name, node)
        var values = ValueCompiler(reader: reader, context: context, slots: nil, parents: 1)
        let operation = options["operation"].flatMap { compiler.operation($0, values) }
        values.knowsStored = true
        values.storesFields = true
        let keysBefore = reader.newKeys.count
        let storedBefore = reader.storedPaths.count
        let when = options["when"].flatMap { ConditionCompiler(values: values).condition($0, what: "when") }
        let asksStored = reader.storedPaths.count > storedBefore
        var fields: [(name: String, value: any Expression, place: (name: String, key: Node, value: Node))] = []
        var lookingAtStored: Set<String> = []
        let pairs = options["fields"].map { reader.pairs($0, what: "fields") } ?? []
        for (name, key, value:node) in pairs {
            guard FieldNames.check(name, key, reader, isTopLevel: true) else { continue }
            let before = reader.storedPaths.count
            var own = values
            own.newKeys = NewKeyCompiler(reader: reader, field: "to \(number)\0\(name)", givesNumbers: false)
            guard let value = own.value(node, what: name) else { continue }
            if reader.storedPaths.count > before { lookingAtStored.insert(name) }
            fields.append((name, value, (name, key, node)))
        }
        let usesStored = asksStored || !lookingAtStored.isEmpty
        if usesStored, definition == nil {
            reader.add(
                node, "unknown-definition",
                "'\(name.prefix(60))' is not known here, and so are the fields of its key; with paths from the"
                    + " stored record (~) the definition must be a file")
        }
        if let definition {
            check(options, definition, fields.map(\.place), fields.map { ($0.name, $0.value) }, lookingAtStored)
        }
        guard let operation, !fields.isEmpty else { return nil }
        let known = fields.filter { field in
            definition?.fields.contains { $0.name == field.name && ($0.isKey || $0.reference != nil) } ?? true
        }
        func object(_ fields: [(name: String, value: any Expression)]) -> ObjectValue {
            ObjectValue([("operation", operation)] + fields)
        }
        let shape = RecordShape(
            catalog: name, collection: collection, position: reader.position(options.node), outcomes: outcomes,
            when: when, asksStored: asksStored, usesStored: usesStored,
            makesKeys: reader.newKeys.count > keysBefore, fields: object(fields.map { ($0.name, $0.value) }),
            knownFields: object(known.map { ($0.name, $0.value) }))
        return Compiled(shape: shape, definition: definition)
    }

    static func refuse(_ name: String, _ field: DefinitionField, of catalog: String, _ node: Node, _ reader: NodeReader)
    {
        reader.add(
            node, "stored-key",
            "\(catalog).\(name) \(field.isKey ? "is a key" : "is a reference"), and must be known before the stored record"
                + " (~) is read; take it from the item")
    }

    private func check(
        _ options: NodeReader.Members, _ definition: Definition,
        _ places: [(name: String, key: Node, value: Node)], _ fields: [(name: String, value: any Expression)],
        _ lookingAtStored: Set<String>
    ) {
        let operation = options["operation"]?.scalar?.string
        FieldChecks(reader: reader, definition: definition).check(
            fields.map { FieldProgram(name: $0.name, value: $0.value, policy: .reject) }, places,
            named: Set(places.map(\.name)), keepsOthers: false, operation: operation, body: options.node)
        for place in places where lookingAtStored.contains(place.name) {
            guard let field = definition.fields.first(where: { $0.name == place.name }),
                field.isKey || (field.reference != nil && field.referencePolicy != .none)
            else { continue }
            Self.refuse(place.name, field, of: definition.catalog, place.value, reader)
        }
        FieldChecks.neverChanges(definition, operation: operation, options["operation"] ?? options.node, reader)
    }
}

extension FieldChecks {
    /// Reports an operation that an immutable catalog never takes.
    static func neverChanges(_ definition: Definition, operation: String?, _ node: Node, _ reader: NodeReader) {
        guard definition.isImmutable, let operation, ["U", "D"].contains(operation) else { return }
        reader.add(
            node, "immutable",
            "records of \(definition.catalog) never change (x-immutable), so operation \(operation) has no effect on them;"
                + " insert with I")
    }
}
