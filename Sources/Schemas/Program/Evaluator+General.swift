import JSON

extension Evaluator {
    /// Checks that apply to values of every kind.
    mutating func checkGeneral(_ number: Int32, _ node: JSONNode, _ frame: Int) -> Bool {
        var isValid = true
        for i in (blocks + Int(number)).pointee.general..<(blocks + Int(number)).pointee.string
        where !checkGeneral(instruction: Int(i), node, number, frame) {
            isValid = false
            if !isCollecting { return false }
        }
        return isValid
    }

    private mutating func checkGeneral(
        instruction number: Int, _ node: JSONNode, _ block: Int32, _ frame: Int
    ) -> Bool {
        let instruction = (instructions + number).pointee
        switch instruction.operation {
        case .const:
            var work = 0
            let isEqual = withSource(instruction, block) { JSONEquality.equal(node, $0, &work) }
            guard spend(work, node, block) else { return false }
            if !isEqual { note(.instruction(number), node, block) }
            return isEqual
        case .enumeration:
            var work = 0
            let most = workLeft
            let isListed = withSource(instruction, block) { list in
                work = list.count >> 4
                for value in list.elements {
                    if JSONEquality.equal(node, value, &work) { return true }
                    if work > most { return false }
                }
                return false
            }
            guard spend(work, node, block) else { return false }
            if !isListed { note(.instruction(number), node, block) }
            return isListed
        case .reference:
            return run(instruction.a, node, parent: frame)
        case .dynamicReference:
            return run(dynamicTarget(instruction.b, node, block) ?? instruction.a, node, parent: frame)
        case .allOf:
            guard spend(Int(instruction.b) >> 3, node, block) else { return false }
            var isValid = true
            for i in 0..<Int(instruction.b) where !run(links[Int(instruction.a) + i], node, parent: frame) {
                isValid = false
                if !isCollecting { return false }
            }
            return isValid
        case .anyOf, .oneOf: return checkAlternatives(number, node, block, frame)
        case .not:
            let isRefused = !runSilently(instruction.a, node, parent: Self.noFrame) && surrender == nil
            if !isRefused { note(.instruction(number), node, block) }
            return isRefused
        case .notIfGiven:
            guard hasAllNames(instruction, block, node) else { return surrender == nil }
            let isRefused = !runSilently(instruction.a, node, parent: Self.noFrame) && surrender == nil
            if !isRefused { note(.instruction(number), node, block) }
            return isRefused
        case .conditional: return checkConditional(instruction, node, frame)
        case .conditionalIfGiven:
            if instruction.b == 1, hasAllNames(instruction, block, node) {
                return checkConditional(instruction, node, frame)
            }
            return checkEitherBranch(instruction, node, frame)
        default: preconditionFailure("not a general instruction")
        }
    }

    private mutating func checkConditional(_ instruction: Instruction, _ node: JSONNode, _ frame: Int) -> Bool {
        let first = Int(instruction.a)
        let branch = runSilently(links[first], node, parent: frame) ? links[first + 1] : links[first + 2]
        if surrender != nil { return false }
        return branch < 0 || run(branch, node, parent: frame)
    }

    /// Of an update whose condition depends on the stored record. Marks what condition and branches evaluate.
    private mutating func checkEitherBranch(_ instruction: Instruction, _ node: JSONNode, _ frame: Int) -> Bool {
        let first = Int(instruction.a)
        _ = runSilently(links[first], node, parent: frame)
        let branches = [links[first + 1], links[first + 2]]
        var isValid = false
        for branch in branches where branch < 0 || runSilently(branch, node, parent: frame) { isValid = true }
        if surrender != nil { return false }
        return isValid || run(branches[0], node, parent: frame)
    }

    /// Whether the value has every member that the source's `properties` and `required` name.
    private mutating func hasAllNames(_ instruction: Instruction, _ block: Int32, _ node: JSONNode) -> Bool {
        withSource(instruction, block) { schema in
            let named = (schema["properties"]?.members).map { $0.map(\.name) } ?? []
            let required = (schema["required"]?.elements).map { Array($0) } ?? []
            let names = named + required
            guard spend(names.count, node, block) else { return false }
            let present = PresentNames(node, hidden: envelope, asked: names.count)
            return names.allSatisfy { present.has($0.utf8) }
        }
    }

    private mutating func checkAlternatives(_ number: Int, _ node: JSONNode, _ block: Int32, _ frame: Int) -> Bool {
        let instruction = (instructions + number).pointee
        guard spend(Int(instruction.b) >> 3, node, block) else { return false }
        let isExclusive = instruction.operation == .oneOf
        var matches = 0
        for i in 0..<Int(instruction.b) where runSilently(links[Int(instruction.a) + i], node, parent: frame) {
            matches += 1
            if isExclusive ? matches > 1 : frame < 0 { break }
        }
        if surrender != nil { return false }
        let isValid = isExclusive ? matches == 1 : matches > 0
        if !isValid { note(.instruction(number), node, block, detail: matches) }
        return isValid
    }

    /// Lends the keyword's value in the schema of an instruction.
    @inline(__always)
    func withSource<Result>(_ instruction: Instruction, _ block: Int32, _ body: (JSONNode) -> Result) -> Result {
        let document = Int((blocks + Int(block)).pointee.document)
        return code.documents[document].json.withNode(Int(instruction.source), body)
    }
}
