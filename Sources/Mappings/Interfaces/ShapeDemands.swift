internal import JSON
internal import Schemas

/// What messages must be so that one shape of a route maps them.
struct ShapeDemands {
    private(set) var body = Demand()
    var parameters: [(name: String, demand: Demand)] { texts.parameters }
    var headers: [(name: String, demand: Demand)] { texts.headers }

    private var texts = TextDemands()
    private let shape: MessageShape
    private let definition: Definition?
    private let definitions: DefinitionSchemas
    /// Number of paths that were placed in the body.
    private var placed = 0

    init(_ shape: MessageShape, definitions: DefinitionSchemas, isForm: Bool) {
        self.shape = shape
        self.definitions = definitions
        definition = definitions.definition(named: shape.constantCatalog)
        texts.isForm = isForm
        if let when = shape.when { texts.require(when) }
        let name = Want(
            schema: ["minLength": 1, "maxLength": 256], isRequired: true, isNullable: false, isStrict: true,
            types: .scalar)
        texts.read(shape.companyId, name)
        texts.read(shape.catalog, name)
        if let messageId = shape.messageId {
            texts.read(messageId, Want(schema: ["minLength": 1, "maxLength": 256], isStrict: true, types: .scalar))
        }
        placeEnvelope()
        addItems()
        if let program = shape.program { add(program) } else { addCatalogItem() }
        placeItems()
        if let condition = shape.storedCondition { note { $0.note(condition.condition) } }
        for posting in shape.postings {
            note { texts in
                for value in posting.values { texts.read(value, .open) }
            }
        }
    }

    /// Notes parameters and headers that answers read; their paths are those of the mapped item.
    mutating func note(_ answers: AnswerTable) {
        note { texts in
            for shape in answers.shapes.values {
                for value in shape.values { texts.read(value, .open) }
            }
        }
    }

    private mutating func note(_ body: (inout TextDemands) -> Void) {
        body(&texts)
        placed = texts.paths.count
    }

    // MARK: Items

    /// Whether an item is the only one of its message, so that what it needs the message needs.
    private var isAlone: Bool { shape.depth == 0 }

    private mutating func addItems() {
        let steps = shape.items.steps
        var at: [Path.Step] = []
        var isOptional = false
        for step in steps {
            if case .all(let mayBeMissing) = step {
                isOptional = mayBeMissing
                var list = Demand(
                    isRequired: !mayBeMissing, types: mayBeMissing ? [.array, .object, .null] : [.array, .object])
                list.isListOfItems = true
                body.add(list, at: at[...])
            }
            at.append(step)
        }
        // A path to one item: what is not there is refused.
        if steps.last?.isAll != true, !steps.isEmpty, !isOptional { body.add(Demand(isRequired: true), at: steps[...]) }
        if shape.csv != nil {
            body.add(Demand(types: .string), at: steps[...])
        } else if shape.program.map({ $0.slotCount > 0 }) ?? true {
            body.add(Demand(types: .object), at: steps[...])
        }
    }

    private mutating func add(_ program: ItemProgram) {
        texts.read(
            program.operation,
            program.filter == nil ? Want(isRequired: true, isNullable: false, isStrict: true, types: .scalar) : .open)
        if let filter = program.filter { texts.note(filter) }
        for field in program.fields {
            var isStrict = false
            if case .reject = field.policy { isStrict = true }
            texts.read(field.value, isStrict ? want(of: field.name) : .open)
            if case .value(let other) = field.policy { texts.read(other, .open) }
        }
        guard program.keepsOthers, shape.csv == nil, let definition else { return }
        for field in definition.fields {
            var name = field.name
            guard name.withUTF8({ program.dropped.find($0) }) == nil else { continue }
            body.add(want(of: field.name).demand, at: (shape.items.steps + [.name(ByteString(field.name))])[...])
        }
    }

    /// What a field's value must be: the least that any of the operations needs.
    private func want(of name: String) -> Want {
        let operations = Set(shape.operations)
        guard shape.program?.filter == nil else { return .open }
        guard let definition, let field = definition.fields.first(where: { $0.name == name }) else {
            // A delete looks at keys alone, and without the definition they are not known.
            return operations.contains("D") ? .open : Want(isStrict: true)
        }
        guard field.isKey || !operations.contains("D") else { return .open }
        let isPartial = !field.isKey && !operations.isDisjoint(with: ["U", "IU"])
        let schema = definitions.property(name, of: definition)
        return Want(
            schema: isPartial && !field.isNullable && !texts.isForm ? schema.map { TextDemands.orNull($0) } : schema,
            isRequired: field.isKey || (field.isRequired && !isPartial), isNullable: field.isNullable || isPartial,
            isStrict: true)
    }

    /// An item that is passed on as it is.
    private mutating func addCatalogItem() {
        let items = shape.items.steps
        body.add(
            Demand(isRequired: true, schema: ["enum": ["I", "U", "D", "IU"]]),
            at: (items + [.name(ByteString("operation"))])[...])
        guard let definition else { return }
        for name in definition.key {
            body.add(
                Demand(isRequired: true, schema: definitions.property(name, of: definition)),
                at: (items + [.name(ByteString(name))])[...])
        }
    }

    // MARK: Places in the body

    /// Outside of items a path begins at the message.
    private mutating func placeEnvelope() {
        for (path, demand) in texts.paths[placed...] where path.base == .item || path.base == .root {
            body.add(demand, at: path.steps[...])
        }
        placed = texts.paths.count
    }

    private mutating func placeItems() {
        for (path, demand) in texts.paths[placed...] {
            guard let steps = steps(of: path) else { continue }
            // What stands around items is not asked for where there are none.
            let isAsked = isAlone || steps.starts(with: shape.items.steps)
            body.add(isAsked ? demand : Demand(), at: steps[...])
        }
        placed = texts.paths.count
    }

    /// Where a path of an item leads in the body; nil if that says nothing of the body.
    private func steps(of path: Path) -> [Path.Step]? {
        let items = shape.items.steps
        switch path.base {
        case .stored: return nil
        case .item: return shape.csv == nil ? items + path.steps : nil
        case .root: return path.steps
        case .parent(let level):
            // The message, and each element on the way, without the item itself.
            var around: [[Path.Step]] = [[]]
            for (index, step) in items.enumerated() where step.isAll && (index < items.count - 1 || shape.splitsLines) {
                around.append(Array(items[...index]))
            }
            guard level <= around.count else { return nil }
            return around[around.count - level] + path.steps
        }
    }
}

extension PostingShape {
    /// All values that it is made of.
    var values: [any Expression] {
        var values = headers.map(\.value)
        if let routingKey { values.append(routingKey) }
        if case .value(let value) = body { values.append(value) }
        return values
    }
}

extension AnswerShape {
    /// All values that it is made of.
    var values: [any Expression] {
        var values = headers.map(\.value)
        if case .fields(let value) = body { values.append(value) }
        if case .page(_, let value?) = body { values.append(value) }
        if case .text(let value) = body { values.append(value) }
        return values
    }
}
