import JSON

extension SchemaCompiler {
    /// Compiles types, constants, lengths, limits and formats.
    mutating func compileAssertions(_ context: SchemaContext, _ draft: inout BlockDraft) throws(SchemaError) {
        let keywords = context.keywords
        if let type = keywords[.type] { try compileType(type, context, &draft) }
        try compileStore(context, &draft)
        if context.shape.isKeyOnly { return }

        if let value = keywords[.const], !context.shape.isPartial { draft.general.append(Instruction(.const, value)) }
        if let values = keywords[.enum], !context.shape.isPartial {
            guard values.isArray else { throw context.error(.invalidKeyword, "enum must be a list", at: values) }
            draft.general.append(Instruction(.enumeration, values))
        }

        try compileCount(.minLength, .minLength, context, &draft.string)
        try compileCount(.maxLength, .maxLength, context, &draft.string)
        if let text = keywords[.pattern] {
            draft.string.append(Instruction(.pattern, text, a: try pattern(text, context)))
        }
        try compileFormat(context, &draft)

        try compileLimit(.minimum, .minimum, context, &draft)
        try compileLimit(.maximum, .maximum, context, &draft)
        try compileLimit(.exclusiveMinimum, .exclusiveMinimum, context, &draft)
        try compileLimit(.exclusiveMaximum, .exclusiveMaximum, context, &draft)
        try compileLimit(.multipleOf, .multipleOf, context, &draft)

        try compileCount(.minItems, .minItems, context, &draft.array)
        try compileCount(.maxItems, .maxItems, context, &draft.array)
        if let unique = keywords[.uniqueItems] {
            guard let wanted = unique.bool else {
                throw context.error(.invalidKeyword, "uniqueItems must be true or false", at: unique)
            }
            if wanted { draft.array.append(Instruction(.uniqueItems, unique)) }
        }
        if !context.shape.isPartial { try compileCount(.minProperties, .minProperties, context, &draft.object) }
        try compileCount(.maxProperties, .maxProperties, context, &draft.object)
    }

    private func compileType(
        _ value: JSONNode, _ context: SchemaContext, _ draft: inout BlockDraft
    ) throws(SchemaError) {
        var types: UInt8 = 0
        var isInteger = false
        func add(_ node: JSONNode) throws(SchemaError) {
            switch node.string {
            case "null": types |= JSONKind.null.bit
            case "boolean": types |= JSONKind.true.bit | JSONKind.false.bit
            case "number": types |= JSONKind.number.bit
            case "integer": isInteger = true
            case "string": types |= JSONKind.string.bit
            case "array": types |= JSONKind.array.bit
            case "object": types |= JSONKind.object.bit
            default:
                throw context.error(
                    .invalidKeyword, "type must be string, number, integer, boolean, null, object or array", at: node)
            }
        }
        if value.isArray {
            for element in value.elements { try add(element) }
            if value.count == 0 { throw context.error(.invalidKeyword, "type must name at least one type", at: value) }
        } else {
            try add(value)
        }
        if isInteger, types & JSONKind.number.bit == 0 {
            types |= JSONKind.number.bit
            draft.block.flags.insert(.integer)
        }
        draft.block.types = types
        draft.block.typeSource = Int32(value.index)
    }

    /// Compiles storage constraints: from `x-bson`, in definitions also from `type`.
    private func compileStore(_ context: SchemaContext, _ draft: inout BlockDraft) throws(SchemaError) {
        guard context.vocabularies.contains(.definition) else { return }
        if context.keywords.hasStorage { draft.block.flags.insert(.storage) }
        if let secret = context.keywords[.secret] {
            guard let isSecret = secret.bool else {
                throw context.error(.invalidKeyword, "x-secret must be true or false", at: secret)
            }
            if isSecret { draft.block.flags.insert(.secret) }
        }
        let types = draft.block.types
        var kind: BSONKind?
        var source = context.keywords[.type]
        if let value = context.keywords[.bson] {
            guard let named = value.string.flatMap({ BSONKind(name: $0) }) else {
                throw context.error(
                    .invalidKeyword,
                    "x-bson must be string, bool, long, double, decimal, date, objectId, object or array", at: value)
            }
            let possible = types & named.jsonTypes
            guard possible != 0 else {
                throw context.error(
                    .invalidDefinition, "no value of this type can be stored as \(named.name); correct type or x-bson",
                    at: value)
            }
            let narrowed = possible | (types & JSONKind.null.bit)
            if narrowed != types { draft.block.typeSource = Int32(value.index) }
            draft.block.types = narrowed
            kind = named
            source = value
        } else if types & ~JSONKind.null.bit == JSONKind.number.bit {
            kind = draft.block.flags.contains(.integer) ? .long : .double
        }
        guard let kind, let source else { return }
        draft.block.bson = kind
        switch kind {
        case .long, .double, .decimal:
            draft.number.append(Instruction(.bsonNumber, source, a: Int32(kind.rawValue)))
        case .date:
            draft.string.append(Instruction(.format, source, a: Int32(StringFormat.dateOrDateTime.rawValue)))
        case .objectId:
            draft.string.append(Instruction(.format, source, a: Int32(StringFormat.objectId.rawValue)))
        case .string, .bool, .object, .array, .any: break
        }
    }

    private func compileFormat(_ context: SchemaContext, _ draft: inout BlockDraft) throws(SchemaError) {
        guard let value = context.keywords[.format] else { return }
        guard let name = value.string else {
            throw context.error(.invalidKeyword, "format must be a string", at: value)
        }
        guard assertsFormats || context.vocabularies.contains(.formatAssertion) else { return }
        guard let format = StringFormat(name: name) else { return }
        if draft.block.bson == .date, format.isDate {
            // The format is stricter than x-bson.
            draft.string.removeAll { $0.operation == .format }
        }
        draft.string.append(Instruction(.format, value, a: Int32(format.rawValue)))
    }

    private func compileCount(
        _ keyword: SchemaKeyword, _ operation: Instruction.Operation, _ context: SchemaContext,
        _ list: inout [Instruction]
    ) throws(SchemaError) {
        guard let value = context.keywords[keyword] else { return }
        list.append(Instruction(operation, value, a: try count(value, keyword, context)))
    }

    /// Reads an integer of at least 0, clamped to 2^31 - 1.
    func count(_ value: JSONNode, _ keyword: SchemaKeyword, _ context: SchemaContext) throws(SchemaError) -> Int32 {
        guard let number = value.number, number.isIntegral, !number.isNegative || number.isZero else {
            throw context.error(.invalidKeyword, "\(keyword.rawValue) must be a whole number, 0 or greater", at: value)
        }
        return Int32(clamping: number.int64 ?? .max)
    }

    private func compileLimit(
        _ keyword: SchemaKeyword, _ operation: Instruction.Operation, _ context: SchemaContext,
        _ draft: inout BlockDraft
    ) throws(SchemaError) {
        guard let value = context.keywords[keyword] else { return }
        guard let number = value.number else {
            throw context.error(.invalidKeyword, "\(keyword.rawValue) must be a number", at: value)
        }
        if keyword == .multipleOf, number.isNegative || number.isZero {
            throw context.error(.invalidKeyword, "multipleOf must be greater than 0", at: value)
        }
        draft.number.append(Instruction(operation, value))
    }

    /// Compiles a pattern and returns its number; equal texts share one.
    mutating func pattern(_ node: JSONNode, _ context: SchemaContext) throws(SchemaError) -> Int32 {
        guard let text = node.string else {
            throw context.error(.invalidKeyword, "a pattern must be a string", at: node)
        }
        if let number = patternNumbers[Array(text.utf8)] { return number }
        let compiled: Pattern
        do {
            compiled = try Pattern(text)
        } catch {
            throw context.error(.invalidPattern, "the pattern \(text) is not valid: \(error.message)", at: node)
        }
        let number = Int32(patterns.count)
        patterns.append(compiled)
        patternNumbers[Array(text.utf8)] = number
        return number
    }
}

extension Instruction {
    init(_ operation: Operation, _ source: JSONNode, a: Int32 = 0, b: Int32 = 0) {
        self.init(operation: operation, source: Int32(source.index), a: a, b: b)
    }
}
