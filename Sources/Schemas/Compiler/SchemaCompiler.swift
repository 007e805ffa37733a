import JSON

/// Compiles registry resources into the tables of a program.
///
/// Works off a queue of pending schemas, so a schema's nesting depth uses no stack.
struct SchemaCompiler {
    /// Maximum number of schemas in one program.
    private static let mostBlocks = 500_000

    let registry: SchemaRegistry
    let assertsFormats: Bool

    var blocks: [Block] = []
    var instructions: [Instruction] = []
    var links: [Int32] = []
    var objects: [ObjectPlan] = []
    var members: [MemberPlan] = []
    var names = NamePool()
    var patterns: [Pattern] = []
    var patternNumbers: [[UInt8]: Int32] = [:]
    var usesDynamicScope = false
    /// Edges between blocks applied to the same value.
    var inPlace: [(from: Int32, to: Int32)] = []

    private var known: [ShapedPlace: Int32] = [:]
    /// Index of the members of large objects and arrays; resolving each reference by a walk would be quadratic.
    private var insides: [SchemaPlace: [ByteString: Int]] = [:]
    private var queue: [Pending] = []
    private var vocabularies: [Int: Vocabularies] = [:]
    private var anchorNumbers: [String: Int32] = [:]
    private var dynamicAnchors: [DynamicAnchor] = []

    private struct ShapedPlace: Hashable {
        let place: SchemaPlace
        let shape: UInt8
    }

    private struct Pending {
        let block: Int32
        let scope: SchemaScope
        let shape: RootShape
    }

    init(registry: SchemaRegistry, assertsFormats: Bool) {
        self.registry = registry
        self.assertsFormats = assertsFormats
    }

    /// The block number of a schema; a new schema is queued for compilation.
    mutating func block(for node: JSONNode, in scope: SchemaScope) throws(SchemaError) -> Int32 {
        try block(for: scope.child(node.index, in: registry))
    }

    /// `shape`: not a root's.
    mutating func block(for scope: SchemaScope, shape: RootShape = .asWritten) throws(SchemaError) -> Int32 {
        let place = ShapedPlace(
            place: SchemaPlace(document: scope.document, node: scope.node), shape: shape.number)
        if let block = known[place] { return block }
        let block = try enqueue(scope, shape: shape)
        known[place] = block
        return block
    }

    /// A separate block for a schema whose root is compiled in another shape.
    mutating func root(_ scope: SchemaScope, shape: RootShape) throws(SchemaError) -> Int32 {
        if case .asWritten = shape { return try block(for: scope) }
        return try enqueue(scope, shape: shape)
    }

    private mutating func enqueue(_ scope: SchemaScope, shape: RootShape) throws(SchemaError) -> Int32 {
        guard blocks.count < Self.mostBlocks else {
            throw registry.documents[scope.document].error(
                .tooComplex, "this schema has more than \(Self.mostBlocks) others inside; give it in parts",
                at: scope.node)
        }
        let number = Int32(blocks.count)
        blocks.append(Block())
        queue.append(Pending(block: number, scope: scope, shape: shape))
        if vocabularies[scope.resource] == nil {
            let resource = registry.resources[scope.resource]
            vocabularies[scope.resource] = try registry.vocabularies(of: resource)
            // Entering the resource makes its dynamic anchors visible.
            for (name, anchor) in resource.anchors.sorted(by: { $0.value.node < $1.value.node }) where anchor.isDynamic
            {
                let target = SchemaScope(document: resource.document, node: anchor.node, resource: scope.resource)
                let block = try self.block(for: target)
                dynamicAnchors.append(
                    DynamicAnchor(resource: Int32(scope.resource), name: anchorNumber(name), block: block))
            }
        }
        return number
    }

    mutating func anchorNumber(_ name: String) -> Int32 {
        if let number = anchorNumbers[name] { return number }
        let number = Int32(anchorNumbers.count)
        anchorNumbers[name] = number
        return number
    }

    /// Compiles all pending schemas and freezes the tables.
    mutating func finish() throws(SchemaError) -> ProgramCode {
        var next = 0
        while next < queue.count {
            let pending = queue[next]
            next += 1
            blocks[Int(pending.block)] = try compile(pending)
        }
        let order = try EndlessReference.order(of: self)
        let shapes = ValueShape.all(order, blocks: blocks, instructions: instructions, links: links)
        let secretNames = namesOfSecrets(shapes)
        return ProgramCode(
            blocks: blocks, instructions: instructions, links: links, objects: objects, members: members, names: names,
            patterns: patterns, dynamicAnchors: dynamicAnchors, usesDynamicScope: usesDynamicScope,
            shapes: shapes, secretNames: secretNames, documents: registry.documents)
    }

    /// Names of all members marked secret.
    private func namesOfSecrets(_ shapes: [ValueShape]) -> Set<String> {
        guard blocks.contains(where: { $0.flags.contains(.secret) }) else { return [] }
        var secrets: Set<String> = []
        for plan in objects {
            let found = names.names(of: plan.names) { number in
                let block = members[Int(plan.firstMember) + number].block
                return block >= 0 && shapes[Int(block)].isSecret
            }
            secrets.formUnion(found)
        }
        return secrets
    }

    /// Resolves one reference token to a node.
    mutating func inside(_ scope: SchemaScope, _ token: String) -> Int? {
        let place = SchemaPlace(document: scope.document, node: scope.node)
        if let table = insides[place] { return table[ByteString(token)] }
        return registry.documents[scope.document].json.withNode(scope.node) { node in
            guard node.count > 16 else { return JSONPointer([token]).resolve(in: node)?.index }
            var table: [ByteString: Int] = [:]
            table.reserveCapacity(node.count)
            for (position, element) in node.elements.enumerated() { table[ByteString("\(position)")] = element.index }
            for (name, value) in node.members {
                table[ByteString(copying: name.utf8), default: value.index] = value.index
            }
            insides[place] = table
            return table[ByteString(token)]
        }
    }

    private mutating func compile(_ pending: Pending) throws(SchemaError) -> Block {
        let scope = pending.scope
        let document = registry.documents[scope.document]
        let vocabularies = vocabularies[scope.resource] ?? .draft202012
        return try document.json.withNode(scope.node) { node throws(SchemaError) in
            var draft = BlockDraft()
            draft.block.resource = Int32(scope.resource)
            draft.block.document = Int32(scope.document)
            draft.block.source = Int32(scope.node)
            switch node.kind {
            case .true: break
            case .false: draft.block.flags = .never
            case .object:
                let keywords = KeywordSet(node, vocabularies: vocabularies)
                let context = SchemaContext(
                    block: pending.block, scope: scope, document: document, keywords: keywords,
                    vocabularies: vocabularies, shape: pending.shape)
                try compileAssertions(context, &draft)
                try compileApplicators(context, &draft)
                try compileMembers(context, &draft)
            default:
                throw document.error(.invalidKeyword, "a schema is an object, true or false", at: scope.node)
            }
            return draft.finish(&instructions)
        }
    }
}
