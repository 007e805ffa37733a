import JSON

extension SchemaCompiler {
    /// Compiles the object keywords.
    mutating func compileMembers(_ context: SchemaContext, _ draft: inout BlockDraft) throws(SchemaError) {
        var plan = try MemberDraft(context)
        try compilePlan(&plan, context, &draft)
        if context.shape.isKeyOnly { return }
        let keywords = context.keywords
        if let value = keywords[.propertyNames] {
            draft.object.append(Instruction(.propertyNames, value, a: try block(for: value, in: context.scope)))
        }
        if let value = keywords[.dependentRequired] {
            try checkObject(value, .dependentRequired, context)
            for member in value.members { try MemberDraft.checkNames(member.value, .dependentRequired, context) }
            // The stored record may have what an update does not give.
            if !context.shape.isPartial { draft.object.append(Instruction(.dependentRequired, value)) }
        }
        if let value = keywords[.dependentSchemas] {
            try checkObject(value, .dependentSchemas, context)
            for member in value.members { try compileDependent(member.value, context, &draft) }
        }
        if let value = keywords[.dependencies] {
            try checkObject(value, .dependencies, context)
            for member in value.members where !member.value.isArray {
                try compileDependent(member.value, context, &draft)
            }
            if !context.shape.isPartial { draft.object.append(Instruction(.dependentRequired, value)) }
        }
    }

    private mutating func compileDependent(
        _ schema: JSONNode, _ context: SchemaContext, _ draft: inout BlockDraft
    ) throws(SchemaError) {
        let block = try inPlaceBlock(context.scope.child(schema.index, in: registry), context)
        draft.object.append(Instruction(.dependentSchema, schema, a: block))
    }

    func checkObject(_ value: JSONNode, _ keyword: SchemaKeyword, _ context: SchemaContext) throws(SchemaError) {
        guard value.isObject else {
            throw context.error(.invalidKeyword, "\(keyword.rawValue) must be an object", at: value)
        }
    }

    /// Compiles properties, patternProperties, additionalProperties and required into one walk over the members.
    private mutating func compilePlan(
        _ members: inout MemberDraft, _ context: SchemaContext, _ draft: inout BlockDraft
    ) throws(SchemaError) {
        var patternLinks: [Int32] = []
        var additional: Int32 = -1
        if members.includesOthers {
            if let value = context.keywords[.patternProperties] {
                try checkObject(value, .patternProperties, context)
                for (name, schema) in value.members {
                    patternLinks.append(try pattern(name, context))
                    patternLinks.append(try block(for: schema, in: context.scope))
                }
            }
            if let value = context.keywords[.additionalProperties] {
                additional = try block(for: value, in: context.scope)
            }
        }
        if members.required.count > 64, let source = context.keywords[.required] {
            draft.object.append(Instruction(.required, source))
            members.required = []
        }
        guard !members.properties.isEmpty || !members.required.isEmpty || !patternLinks.isEmpty || additional >= 0
        else { return }

        var plans: [MemberPlan] = []
        for name in members.names {
            var plan = MemberPlan(block: -1, required: 0, allowsNull: members.allowsNull(name))
            if let schema = members.properties[name] { plan.block = try block(for: schema, in: context.scope) }
            if let bit = members.required.firstIndex(of: name) { plan.required = 1 << UInt64(bit) }
            plans.append(plan)
        }
        let count = members.required.count
        let plan = ObjectPlan(
            names: names.add(members.names), firstMember: Int32(self.members.count),
            memberCount: plans.count, allowsOtherNulls: context.shape.isPartial,
            firstPattern: link(patternLinks), patternCount: Int32(patternLinks.count / 2), additional: additional,
            required: count == 0 ? 0 : UInt64.max >> UInt64(64 - count),
            requiredSource: Int32(context.keywords[.required]?.index ?? context.scope.node))
        self.members.append(contentsOf: plans)
        draft.object.append(
            Instruction(operation: .members, source: Int32(context.scope.node), a: Int32(objects.count)))
        objects.append(plan)
    }
}
