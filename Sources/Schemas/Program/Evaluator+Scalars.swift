import JSON

extension Evaluator {
    @inline(__always)
    mutating func checkString(_ number: Int, _ node: JSONNode, _ block: Int32) -> Bool {
        let instruction = (instructions + number).pointee
        let text = node.utf8
        let isValid: Bool
        switch instruction.operation {
        case .minLength:
            // A character takes one to four bytes, so most lengths need no count.
            let least = Int(instruction.a)
            isValid = text.count >= least * 4 || (text.count >= least && text.scalarCount >= least) || least == 0
        case .maxLength:
            let most = Int(instruction.a)
            isValid = text.count <= most || (text.count <= most * 4 && text.scalarCount <= most)
        case .pattern:
            return checkPattern(number, Int(instruction.a), node, block)
        case .format:
            let format = StringFormat(rawValue: UInt8(truncatingIfNeeded: instruction.a))
            guard spend(format == .regex ? text.count : text.count >> 6, node, block) else { return false }
            isValid = format?.accepts(text) ?? true
        default: preconditionFailure("not an instruction for strings")
        }
        if !isValid { note(.instruction(number), node, block) }
        return isValid
    }

    private mutating func checkPattern(_ number: Int, _ pattern: Int, _ node: JSONNode, _ block: Int32) -> Bool {
        switch code.patterns[pattern].match(node.utf8, steps: &patternStepsLeft) {
        case .found: return true
        case .absent:
            note(.instruction(number), node, block)
            return false
        case .tooManySteps:
            surrender = Finding(kind: .patternSteps(number), node: node.index, block: block)
            return false
        }
    }

    @inline(__always)
    mutating func checkNumber(_ number: Int, _ node: JSONNode, _ block: Int32) -> Bool {
        let instruction = (instructions + number).pointee
        let isValid: Bool
        if node.utf8.count > 64, !spend(node.utf8.count >> 4, node, block) { return false }
        switch instruction.operation {
        case .bsonNumber:
            switch instruction.a {
            case Int32(BSONKind.long.rawValue): isValid = StorableNumber.isLong(node)
            case Int32(BSONKind.double.rawValue): isValid = StorableNumber.isDouble(node)
            default: isValid = StorableNumber.isDecimal(node)
            }
        case .minimum: isValid = withSource(instruction, block) { ExactNumber.compare(node, $0) >= 0 }
        case .maximum: isValid = withSource(instruction, block) { ExactNumber.compare(node, $0) <= 0 }
        case .exclusiveMinimum: isValid = withSource(instruction, block) { ExactNumber.compare(node, $0) > 0 }
        case .exclusiveMaximum: isValid = withSource(instruction, block) { ExactNumber.compare(node, $0) < 0 }
        case .multipleOf:
            var work = 0
            isValid = withSource(instruction, block) { ExactNumber.isMultiple(node, of: $0, work: &work) ?? false }
            guard spend(work, node, block) else { return false }
        default: preconditionFailure("not an instruction for numbers")
        }
        if !isValid { note(.instruction(number), node, block) }
        return isValid
    }
}
