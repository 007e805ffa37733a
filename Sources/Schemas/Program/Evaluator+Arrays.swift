import JSON

extension Evaluator {
    mutating func checkArray(_ number: Int, _ node: JSONNode, _ block: Int32, _ frame: Int) -> Bool {
        let instruction = (instructions + number).pointee
        var isValid = true
        switch instruction.operation {
        case .minItems: isValid = node.count >= Int(instruction.a)
        case .maxItems: isValid = node.count <= Int(instruction.a)
        case .uniqueItems:
            guard spend(node.endIndex - node.index + node.byteSpan >> 6, node, block) else { return false }
            isValid = JSONEquality.firstRepeat(in: node) == nil
        case .prefixItems, .items: return checkElements(number, node, frame)
        case .contains: isValid = checkContains(number, node, frame)
        default: preconditionFailure("not an instruction for arrays")
        }
        if !isValid { note(.instruction(number), node, block) }
        return isValid
    }

    private mutating func checkElements(_ number: Int, _ node: JSONNode, _ frame: Int) -> Bool {
        let instruction = (instructions + number).pointee
        let isPrefix = instruction.operation == .prefixItems
        var isValid = true
        var position = 0
        for element in node.elements {
            defer { position += 1 }
            if isPrefix ? position >= Int(instruction.b) : position < Int(instruction.b) {
                if isPrefix { break }
                continue
            }
            let block = isPrefix ? links[Int(instruction.a) + position] : instruction.a
            mark(position, in: frame)
            if !run(block, element) {
                isValid = false
                if !isCollecting { return false }
            }
        }
        return isValid
    }

    private mutating func checkContains(_ number: Int, _ node: JSONNode, _ frame: Int) -> Bool {
        let instruction = (instructions + number).pointee
        let least = Int(links[Int(instruction.b)])
        let most = Int(links[Int(instruction.b) + 1])
        var matches = 0
        var position = 0
        for element in node.elements {
            if runSilently(instruction.a, element, parent: Self.noFrame) {
                matches += 1
                mark(position, in: frame)
                if frame < 0, most < 0, matches >= least { break }
            }
            position += 1
        }
        return surrender == nil && matches >= least && (most < 0 || matches <= most)
    }

    mutating func checkUnevaluated(_ number: Int, _ node: JSONNode, _ block: Int32, _ frame: Int) -> Bool {
        let instruction = (instructions + number).pointee
        var isValid = true
        var position = 0
        if instruction.operation == .unevaluatedItems {
            guard node.isArray else { return true }
            for element in node.elements {
                if !isMarked(position, in: frame) {
                    mark(position, in: frame)
                    if !run(instruction.a, element) { isValid = false }
                    if !isValid, !isCollecting { return false }
                }
                position += 1
            }
        } else {
            guard node.isObject else { return true }
            for (name, value) in node.members {
                if !isMarked(position, in: frame), !isHidden(name, in: node) {
                    mark(position, in: frame)
                    if !run(instruction.a, value) { isValid = false }
                    if !isValid, !isCollecting { return false }
                }
                position += 1
            }
        }
        return isValid
    }
}
