import JSON

extension Evaluator {
    mutating func checkObject(_ number: Int, _ node: JSONNode, _ block: Int32, _ frame: Int) -> Bool {
        let instruction = (instructions + number).pointee
        switch instruction.operation {
        case .members: return checkMembers(number, node, block, frame)
        case .minProperties, .maxProperties:
            let count = visibleCount(of: node)
            let isValid =
                instruction.operation == .minProperties ? count >= Int(instruction.a) : count <= Int(instruction.a)
            if !isValid { note(.instruction(number), node, block, detail: count) }
            return isValid
        case .propertyNames:
            var isValid = true
            for (name, _) in node.members where !isHidden(name, in: node) {
                if !runSilently(instruction.a, name, parent: Self.noFrame) {
                    isValid = false
                    note(.name(number), name, block)
                    if !isCollecting { return false }
                }
            }
            return isValid
        case .required:
            return withSource(instruction, block) { names in
                checkNames(
                    names, PresentNames(node, hidden: envelope, asked: names.count), number, node, block)
            }
        case .dependentRequired:
            return withSource(instruction, block) { list in
                let present = PresentNames(node, hidden: envelope, asked: list.count * 4)
                var isValid = true
                for (name, names) in list.members
                where names.isArray && present.has(name.utf8) && !checkNames(names, present, number, node, block) {
                    isValid = false
                    if !isCollecting { return false }
                }
                return isValid
            }
        case .dependentSchema:
            guard spend(node.count >> 3, node, block) else { return false }
            let name = code.documents[Int((blocks + Int(block)).pointee.document)].json
            let isThere = name.withNode(Int(instruction.source) - 1) { has($0.utf8, node) }
            return !isThere || run(instruction.a, node, parent: frame)
        default: preconditionFailure("not an instruction for objects")
        }
    }

    /// Checks properties, patternProperties, additionalProperties and required in one walk.
    private mutating func checkMembers(_ number: Int, _ node: JSONNode, _ block: Int32, _ frame: Int) -> Bool {
        let plan = objects + Int((instructions + number).pointee.a)
        let plans = members + Int(plan.pointee.firstMember)
        let names = plan.pointee.names
        var missing = plan.pointee.required
        var isValid = true
        var position = 0
        for (name, value) in node.members {
            let text = name.utf8
            var isNamed = false
            let found = names.find(text, slots: slots, bytes: nameBytes)
            if found >= 0 {
                let member = plans + Int(found)
                missing &= ~member.pointee.required
                if member.pointee.block >= 0 {
                    isNamed = true
                    if frame >= 0 { mark(position, in: frame) }
                    if !(member.pointee.allowsNull && value.isNull), !run(member.pointee.block, value) {
                        isValid = false
                        if !isCollecting { return false }
                    }
                }
            }
            if plan.pointee.patternCount > 0 || (plan.pointee.additional >= 0 && !isNamed),
                !isHidden(name, in: node), !checkOther(plan, number, name, value, block, isNamed, position, frame)
            {
                isValid = false
                if !isCollecting { return false }
            }
            position += 1
        }
        if missing != 0 {
            isValid = false
            for found in 0..<plan.pointee.memberCount where plans[found].required & missing != 0 {
                note(.required(number), node, block, detail: found)
            }
        }
        return isValid
    }

    /// Checks a member against patternProperties and, if neither those nor properties match it, additionalProperties.
    private mutating func checkOther(
        _ plan: UnsafePointer<ObjectPlan>, _ number: Int, _ name: JSONNode, _ value: JSONNode, _ block: Int32,
        _ isNamed: Bool, _ position: Int, _ frame: Int
    ) -> Bool {
        var isValid = true
        var isNamed = isNamed
        for i in 0..<Int(plan.pointee.patternCount) {
            let first = Int(plan.pointee.firstPattern) + i * 2
            switch code.patterns[Int(links[first])].match(name.utf8, steps: &patternStepsLeft) {
            case .absent: continue
            case .tooManySteps:
                surrender = Finding(kind: .patternSteps(number), node: name.index, block: block)
                return false
            case .found:
                isNamed = true
                mark(position, in: frame)
                if !allowsNull(plan, links[first + 1], value), !run(links[first + 1], value) { isValid = false }
                if !isValid, !isCollecting { return false }
            }
        }
        if !isNamed, plan.pointee.additional >= 0 {
            mark(position, in: frame)
            let additional = plan.pointee.additional
            if !allowsNull(plan, additional, value), !run(additional, value) { isValid = false }
        }
        return isValid
    }

    /// Whether an update may set the member to null, whatever its schema.
    private func allowsNull(_ plan: UnsafePointer<ObjectPlan>, _ block: Int32, _ value: JSONNode) -> Bool {
        plan.pointee.allowsOtherNulls && value.isNull && !(blocks + Int(block)).pointee.flags.contains(.never)
    }

    private mutating func checkNames(
        _ names: JSONNode, _ present: PresentNames, _ number: Int, _ node: JSONNode, _ block: Int32
    ) -> Bool {
        guard spend(names.count, node, block) else { return false }
        var isValid = true
        for name in names.elements where !present.has(name.utf8) {
            isValid = false
            note(.missing(number, name: name.index), node, block)
            if !isCollecting { return false }
        }
        return isValid
    }

    private func has(_ name: UnsafeBufferPointer<UInt8>, _ object: JSONNode) -> Bool {
        for member in object.members where member.name.isString(name) {
            return !isHidden(member.name, in: object)
        }
        return false
    }

    private func visibleCount(of object: JSONNode) -> Int {
        guard object.index == envelope else { return object.count }
        var count = 0
        for (name, _) in object.members where !isHidden(name, in: object) { count += 1 }
        return count
    }

    /// Whether the member is the item's `operation`, which is not part of the record.
    @inline(__always)
    func isHidden(_ name: JSONNode, in object: JSONNode) -> Bool {
        object.index == envelope && name.isString("operation")
    }
}
