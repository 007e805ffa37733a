import JSON

/// Reads from a compiled definition how values are stored: `x-bson`, `x-ref`, `x-ref-policy` and `x-merge`.
///
/// They count where a schema always applies to the value: in its own schema, behind `$ref` and `allOf`, and in those
/// alternatives of `anyOf` or `oneOf` that accept different JSON types, such as a date or null. Elsewhere (under
/// `then`, `patternProperties` …) the stored type would depend on more than the field: there they are errors.
struct StorageReader {
    /// A value's place: all schemas that always apply to it.
    struct Place {
        let blocks: [Int32]
        var bson = BSONKind.any
        var isNullable = true
        var isSecret = false
        var reference: String?
        var policy: DefinitionField.ReferencePolicy?
        /// The block with `x-ref`, for messages.
        var referenceBlock: Int32 = -1
        var merge: DefinitionField.Merge?
        /// The block with `x-merge`, for messages.
        var mergeBlock: Int32 = -1
        /// In order of declaration.
        var members: [(name: ByteString, place: Int)] = []
        /// The first elements, and all others.
        var prefix: [Int] = []
        var elements: Int?
    }

    private static let mostPlaces = 50_000

    let code: ProgramCode
    private(set) var places: [Place] = []
    private var known: [[Int32]: Int] = [:]
    /// Places whose members and elements are not read yet.
    private var open: [Int] = []
    /// Whether a block, or any that it leads to, says how a value is stored.
    private var leadsToStorage: [Bool]

    init(_ code: ProgramCode) {
        self.code = code
        leadsToStorage = StorageEdges.leadingToStorage(code)
    }

    /// Reads all places of a record; the first is the record's own.
    mutating func read(_ entry: Int32) throws(SchemaError) {
        _ = try place(of: [entry])
        while let number = open.popLast() { try readInside(number) }
        try checkReferences()
        try checkMerges()
    }

    /// A keyword of a block's schema, nil if there is none.
    func value<Result>(_ keyword: SchemaKeyword, of block: Int32, _ body: (JSONNode) -> Result?) -> Result? {
        schema(of: block) { $0[keyword.rawValue].flatMap(body) }
    }

    /// Lends a block's schema.
    func schema<Result>(of block: Int32, _ body: (JSONNode) -> Result) -> Result {
        let block = code.blocks[Int(block)]
        return code.documents[Int(block.document)].json.withNode(Int(block.source), body)
    }

    // MARK: One place

    private mutating func place(of start: [Int32]) throws(SchemaError) -> Int {
        let blocks = try applied(start)
        let key = blocks.sorted()
        if let number = known[key] { return number }
        guard places.count < Self.mostPlaces else {
            throw error(start[0], nil, "the definition has more than \(Self.mostPlaces) kinds of values; simplify it")
        }
        let number = places.count
        known[key] = number
        open.append(number)
        var place = Place(blocks: blocks)
        let shape = start.dropFirst().reduce(code.shape(of: start[0])) { $0.merging(code.shape(of: $1)) }
        place.isNullable = shape.isNullable
        place.isSecret = shape.isSecret
        place.bson = try kind(blocks) ?? shape.kindOfType
        try readReference(&place)
        try readMerge(&place)
        places.append(place)
        return number
    }

    /// The stored type that `x-bson` declares.
    private func kind(_ blocks: [Int32]) throws(SchemaError) -> BSONKind? {
        var kind: BSONKind?
        for block in blocks {
            guard let own = value(.bson, of: block, { $0.string.flatMap { BSONKind(name: $0) } }) else { continue }
            try checkDialect(block, .bson)
            guard let first = kind, first != own else {
                kind = own
                continue
            }
            throw error(
                block, .bson,
                "x-bson: this value is stored as \(first.name) by another schema that applies to it, and as \(own.name)"
                    + " by this one; keep one")
        }
        return kind
    }

    private func readReference(_ place: inout Place) throws(SchemaError) {
        for block in place.blocks {
            if let name = value(.foreignKey, of: block, { $0.string ?? "" }) {
                try checkDialect(block, .foreignKey)
                guard CatalogName.isCatalog(name) else {
                    throw error(block, .foreignKey, "x-ref must be the name of a catalog")
                }
                if let other = place.reference, other != name {
                    throw error(
                        block, .foreignKey, "x-ref: another schema of this value refers to \(other); keep one")
                }
                place.reference = name
                place.referenceBlock = block
            }
            if let text = value(.foreignKeyPolicy, of: block, { $0.string ?? "" }) {
                try checkDialect(block, .foreignKeyPolicy)
                guard let policy = DefinitionField.ReferencePolicy(rawValue: text) else {
                    throw error(block, .foreignKeyPolicy, "x-ref-policy must be none, warn or reject")
                }
                if let other = place.policy, other != policy {
                    throw error(
                        block, .foreignKeyPolicy,
                        "x-ref-policy: another schema of this value says \(other.rawValue); keep one")
                }
                place.policy = policy
                if place.referenceBlock < 0 { place.referenceBlock = block }
            }
        }
        guard place.policy != nil, place.reference == nil else { return }
        throw error(
            place.referenceBlock, .foreignKeyPolicy,
            "x-ref-policy has no effect without x-ref; name the catalog beside it")
    }

    private func readMerge(_ place: inout Place) throws(SchemaError) {
        for block in place.blocks {
            guard let text = value(.merge, of: block, { $0.string ?? "" }) else { continue }
            try checkDialect(block, .merge)
            guard let merge = DefinitionField.Merge(rawValue: text) else {
                throw error(block, .merge, "x-merge must be sum, min, max, append or firstWins")
            }
            if let other = place.merge, other != merge {
                throw error(block, .merge, "x-merge: another schema of this value says \(other.rawValue); keep one")
            }
            place.merge = merge
            place.mergeBlock = block
        }
    }

    private func checkDialect(_ block: Int32, _ keyword: SchemaKeyword) throws(SchemaError) {
        guard !code.blocks[Int(block)].flags.contains(.storage) else { return }
        throw error(
            block, keyword,
            "\(keyword.rawValue) is not a keyword of this schema's dialect; give it \"$schema\":"
                + " \"\(DefinitionHeader.dialect)\", or remove its own $schema")
    }

    // MARK: What always applies

    /// The blocks that always apply to a value, besides those it starts with.
    private func applied(_ start: [Int32]) throws(SchemaError) -> [Int32] {
        var found: [Int32] = []
        var seen: Set<Int32> = []
        let types = start.reduce(Block.allTypes) { $0 & code.shape(of: $1).types }
        var next = Array(start.reversed())
        while let block = next.popLast() {
            guard seen.insert(block).inserted else { continue }
            found.append(block)
            let edges = StorageEdges(of: block, code)
            var further = edges.always
            for choice in edges.choices where choice.blocks.contains(where: { leadsToStorage[Int($0)] }) {
                guard areDisjoint(choice.blocks, types) else {
                    throw conditional(
                        block, choice,
                        "more than one of its alternatives accepts values of one type; write it beside the field's type,"
                            + " or give the alternatives different types")
                }
                further += choice.blocks.filter { leadsToStorage[Int($0)] }
            }
            for condition in edges.conditional where condition.blocks.contains(where: { leadsToStorage[Int($0)] }) {
                throw conditional(
                    block, condition,
                    "how a value is stored depends on its field alone; name the field in 'properties', and write it there"
                )
            }
            next += further.reversed()
        }
        return found
    }

    /// Whether no two alternatives accept values of one type, null aside.
    private func areDisjoint(_ blocks: [Int32], _ types: UInt8) -> Bool {
        var taken: UInt8 = 0
        for block in blocks {
            let own = code.shape(of: block).types & types & ~JSONKind.null.bit
            if own & taken != 0 { return false }
            taken |= own
        }
        return true
    }

    // MARK: Inside

    private mutating func readInside(_ number: Int) throws(SchemaError) {
        var order: [ByteString] = []
        var declared: [ByteString: [Int32]] = [:]
        let edges = places[number].blocks.map { StorageEdges(of: $0, code) }
        for (name, schema) in edges.flatMap(\.members) {
            if declared[name] == nil { order.append(name) }
            declared[name, default: []].append(schema)
        }
        let prefixes = (0..<(edges.map(\.prefix.count).max() ?? 0)).map { position in
            edges.compactMap { position < $0.prefix.count ? $0.prefix[position] : $0.elements }
        }
        let elements = edges.compactMap(\.elements)
        for name in order {
            guard let schemas = declared[name] else { continue }
            let member = try place(of: schemas)
            places[number].members.append((name, member))
        }
        for schemas in prefixes {
            let element = try place(of: schemas)
            places[number].prefix.append(element)
        }
        if !elements.isEmpty { places[number].elements = try place(of: elements) }
    }

    /// References are looked up for the record's fields, and for the elements of those that are lists.
    private func checkReferences() throws(SchemaError) {
        let fields = Set(places[0].members.map(\.place))
        for (number, place) in places.enumerated() where number > 0 || place.reference != nil {
            var inside = place.members.map(\.place) + place.prefix
            if let elements = place.elements, !fields.contains(number) || !place.prefix.isEmpty {
                inside.append(elements)
            }
            if number == 0 { inside.append(0) }
            for child in inside where places[child].reference != nil {
                throw error(
                    places[child].referenceBlock, .foreignKey,
                    "x-ref has an effect on a field of the record, and on the elements of a list in it, not further inside;"
                        + " move the value to a field of its own, or remove x-ref")
            }
        }
    }

    /// Fields of the record are merged, and nothing inside them.
    private func checkMerges() throws(SchemaError) {
        let fields = Set(places[0].members.map(\.place))
        let inside = Set(
            places.indices.flatMap { number -> [Int] in
                let place = places[number]
                let elements = place.prefix + [place.elements].compactMap { $0 }
                return number == 0 ? elements : elements + place.members.map(\.place)
            })
        for (number, place) in places.enumerated() {
            guard place.merge != nil, !fields.contains(number) || inside.contains(number) else { continue }
            throw error(
                place.mergeBlock, .merge,
                "x-merge has an effect on a field of the record, not further inside; move the value to a field of its own,"
                    + " or remove x-merge")
        }
    }

    // MARK: Forms

    /// The stored types inside the record's fields; nil if they follow from the values.
    func forms() -> StoredForm? {
        let needed = neededForms()
        guard needed[0] else { return nil }
        func form(_ place: Int?) -> Int32 { place.map { needed[$0] ? Int32(clamping: $0) : -1 } ?? -1 }
        let nodes = places.map { place in
            let members = place.members.filter { needed[$0.place] }
            return StoredForms.Node(
                bson: place.bson, names: NameTable(members.map(\.name.description)),
                members: members.map { Int32(clamping: $0.place) }, prefix: place.prefix.map(form),
                elements: form(place.elements))
        }
        return StoredForm(0, of: StoredForms(nodes))
    }

    /// Whether the type of a place, or of any inside, does not follow from the value.
    private func neededForms() -> [Bool] {
        var parents = [[Int]](repeating: [], count: places.count)
        var needed = [Bool](repeating: false, count: places.count)
        var next: [Int] = []
        for (number, place) in places.enumerated() {
            for child in place.members.map(\.place) + place.prefix + [place.elements].compactMap({ $0 }) {
                parents[child].append(number)
            }
            switch place.bson {
            case .long, .double, .decimal, .date, .objectId: next.append(number)
            default: break
            }
        }
        while let number = next.popLast() {
            guard !needed[number] else { continue }
            needed[number] = true
            next += parents[number]
        }
        return needed
    }

    // MARK: Errors

    /// An error about a keyword of a block's schema, or about the schema.
    func error(_ block: Int32, _ keyword: SchemaKeyword?, _ message: String) -> SchemaError {
        let place = code.blocks[Int(block)]
        let node = keyword.flatMap { value($0, of: block) { $0.index } } ?? Int(place.source)
        return code.documents[Int(place.document)].error(.invalidDefinition, message, at: node)
    }

    /// The error for a storage keyword that depends on a condition: at the keyword, if it is inside the condition, else
    /// at the condition, which refers to it.
    private func conditional(_ block: Int32, _ edge: StorageEdges.Condition, _ why: String) -> SchemaError {
        let document = code.documents[Int(code.blocks[Int(block)].document)]
        let place = document.pointer(to: Int(edge.source))
        guard let (target, keyword) = firstStorage(edge.blocks) else {
            return document.error(.invalidDefinition, why, at: Int(edge.source))
        }
        let own = error(target, keyword, "")
        let isInside =
            code.blocks[Int(target)].document == code.blocks[Int(block)].document
            && own.pointer.tokens.starts(with: place.tokens)
        let word = place.tokens.last { Self.conditions.contains($0) } ?? ""
        if isInside {
            return error(target, keyword, "\(keyword.rawValue) has no effect under '\(word)': \(why)")
        }
        return document.error(
            .invalidDefinition,
            "\(keyword.rawValue) (\(own.pointer)) has no effect under '\(word)', which refers to it: \(why)",
            at: Int(edge.source))
    }

    private static let conditions = [
        "anyOf", "oneOf", "if", "then", "else", "not", "contains", "propertyNames", "patternProperties",
        "additionalProperties", "dependentSchemas", "dependencies", "unevaluatedItems", "unevaluatedProperties",
        "$dynamicRef",
    ]

    private func firstStorage(_ start: [Int32]) -> (block: Int32, keyword: SchemaKeyword)? {
        var seen: Set<Int32> = []
        var next = Array(start.reversed())
        while let block = next.popLast() {
            guard leadsToStorage[Int(block)], seen.insert(block).inserted else { continue }
            if let keyword = SchemaKeyword.storage.first(where: { value($0, of: block) { _ in true } != nil }) {
                return (block, keyword)
            }
            next += StorageEdges(of: block, code).all.reversed()
        }
        return nil
    }
}
