import JSON

extension SchemaCompiler {
    /// Compiles references, schema combinations (`allOf` …) and array items.
    mutating func compileApplicators(_ context: SchemaContext, _ draft: inout BlockDraft) throws(SchemaError) {
        let keywords = context.keywords
        if let value = keywords[.reference] {
            let target = try resolve(value, context)
            let block = try inPlaceBlock(target.scope, context)
            draft.general.append(Instruction(.reference, value, a: block))
        }
        if let value = keywords[.dynamicReference], !context.shape.isKeyOnly {
            try compileDynamicReference(value, context, &draft)
        }
        try compileList(.allOf, .allOf, context, &draft)
        if context.shape.isKeyOnly { return }
        try compileList(.anyOf, .anyOf, context, &draft)
        // The stored fields may decide between several alternatives that the given ones match.
        try compileList(.oneOf, context.shape.isPartial ? .anyOf : .oneOf, context, &draft)
        if let value = keywords[.not] {
            let block = try asWrittenBlock(value, context)
            if !context.shape.isPartial {
                draft.general.append(Instruction(.not, value, a: block))
            } else if Self.isDecidedByNames(value) {
                draft.general.append(Instruction(.notIfGiven, value, a: block))
            }
        }
        try compileConditional(context, &draft)
        try compileArrays(context, &draft)
        if let value = keywords[.unevaluatedItems] {
            draft.unevaluated.append(Instruction(.unevaluatedItems, value, a: try block(for: value, in: context.scope)))
        }
        if let value = keywords[.unevaluatedProperties] {
            draft.unevaluated.append(
                Instruction(.unevaluatedProperties, value, a: try block(for: value, in: context.scope)))
        }
        if !draft.unevaluated.isEmpty { draft.block.flags.insert(.unevaluated) }
    }

    /// The block of a schema applied to the same value as this one.
    mutating func inPlaceBlock(_ scope: SchemaScope, _ context: SchemaContext) throws(SchemaError) -> Int32 {
        let number = try block(for: scope, shape: context.shape.inside)
        inPlace.append((context.block, number))
        return number
    }

    /// The block of a schema that is a question about the value, not a demand.
    private mutating func asWrittenBlock(_ value: JSONNode, _ context: SchemaContext) throws(SchemaError) -> Int32 {
        let number = try block(for: value, in: context.scope)
        inPlace.append((context.block, number))
        return number
    }

    /// Whether the members that a schema names decide it, so that it can be evaluated on an update that has all of them.
    private static func isDecidedByNames(_ schema: JSONNode) -> Bool {
        let known = ["properties", "required", "type", "title", "description", "$comment"]
        return schema.isObject && schema.members.allSatisfy { known.contains($0.name.string ?? "") }
    }

    private mutating func compileDynamicReference(
        _ value: JSONNode, _ context: SchemaContext, _ draft: inout BlockDraft
    ) throws(SchemaError) {
        let target = try resolve(value, context)
        let block = try self.block(for: target.scope)
        guard let anchor = target.dynamicAnchor else {
            inPlace.append((context.block, block))
            draft.general.append(Instruction(.reference, value, a: block))
            return
        }
        usesDynamicScope = true
        draft.general.append(Instruction(.dynamicReference, value, a: block, b: anchorNumber(anchor)))
    }

    private mutating func compileList(
        _ keyword: SchemaKeyword, _ operation: Instruction.Operation, _ context: SchemaContext,
        _ draft: inout BlockDraft
    ) throws(SchemaError) {
        guard let value = context.keywords[keyword] else { return }
        let numbers = try blocks(ofList: value, keyword, context, shape: context.shape.inside)
        for number in numbers { inPlace.append((context.block, number)) }
        draft.general.append(Instruction(operation, value, a: link(numbers), b: Int32(numbers.count)))
    }

    private mutating func blocks(
        ofList value: JSONNode, _ keyword: SchemaKeyword, _ context: SchemaContext, shape: RootShape = .asWritten
    ) throws(SchemaError) -> [Int32] {
        guard value.isArray, value.count > 0 else {
            throw context.error(.invalidKeyword, "\(keyword.rawValue) must be a list of one or more schemas", at: value)
        }
        var numbers: [Int32] = []
        for element in value.elements {
            numbers.append(try block(for: context.scope.child(element.index, in: registry), shape: shape))
        }
        return numbers
    }

    /// Appends numbers to the program's links; returns the index of the first.
    mutating func link(_ numbers: [Int32]) -> Int32 {
        let first = Int32(links.count)
        links.append(contentsOf: numbers)
        return first
    }

    private mutating func compileConditional(
        _ context: SchemaContext, _ draft: inout BlockDraft
    ) throws(SchemaError) {
        guard let condition = context.keywords[.condition] else { return }
        var parts: [Int32] = [try asWrittenBlock(condition, context)]
        for part in [context.keywords[.then], context.keywords[.otherwise]] {
            if let part {
                parts.append(try inPlaceBlock(context.scope.child(part.index, in: registry), context))
            } else {
                parts.append(-1)
            }
        }
        draft.general.append(
            Instruction(
                context.shape.isPartial ? .conditionalIfGiven : .conditional, condition, a: link(parts),
                b: Self.isDecidedByNames(condition) ? 1 : 0))
    }

    private mutating func compileArrays(_ context: SchemaContext, _ draft: inout BlockDraft) throws(SchemaError) {
        let keywords = context.keywords
        var prefix: Int32 = 0
        if let value = keywords[.prefixItems] {
            let numbers = try blocks(ofList: value, .prefixItems, context)
            prefix = Int32(numbers.count)
            draft.array.append(Instruction(.prefixItems, value, a: link(numbers), b: prefix))
        }
        if let value = keywords[.items] {
            draft.array.append(Instruction(.items, value, a: try block(for: value, in: context.scope), b: prefix))
        }
        if let value = keywords[.contains] {
            let least = try keywords[.minContains].map { value throws(SchemaError) in
                try count(value, .minContains, context)
            }
            let most = try keywords[.maxContains].map { value throws(SchemaError) in
                try count(value, .maxContains, context)
            }
            draft.array.append(
                Instruction(
                    .contains, value, a: try block(for: value, in: context.scope), b: link([least ?? 1, most ?? -1])))
        }
    }
}
