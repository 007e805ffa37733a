import JSON

/// Where a block of a program leads to, by what it means for the storage of values.
struct StorageEdges {
    struct Condition {
        /// Node of the keyword's value.
        let source: Int32
        let blocks: [Int32]
    }

    /// Applied to the same value, always.
    private(set) var always: [Int32] = []
    /// Alternatives for the same value.
    private(set) var choices: [Condition] = []
    /// Applied to the same value or to one inside it, depending on more than the field.
    private(set) var conditional: [Condition] = []
    /// In `properties`, in order.
    private(set) var members: [(name: ByteString, block: Int32)] = []
    /// In `prefixItems` and `items`.
    private(set) var prefix: [Int32] = []
    private(set) var elements: Int32?

    init(of number: Int32, _ code: ProgramCode) {
        let block = code.blocks[Int(number)]
        for instruction in code.instructions[Int(block.general)..<Int(block.end)] { add(instruction, code) }
    }

    var all: [Int32] {
        always + members.map(\.block) + prefix + (elements.map { [$0] } ?? [])
            + (choices + conditional).flatMap(\.blocks)
    }

    private mutating func add(_ instruction: Instruction, _ code: ProgramCode) {
        func links(_ count: Int32) -> [Int32] {
            code.links[Int(instruction.a)..<Int(instruction.a + count)].filter { $0 >= 0 }
        }
        // A schema that is written in place, with its own node.
        func depends(on blocks: [Int32]) {
            for block in blocks {
                conditional.append(Condition(source: code.blocks[Int(block)].source, blocks: [block]))
            }
        }
        switch instruction.operation {
        case .reference: always.append(instruction.a)
        case .allOf: always += links(instruction.b)
        case .anyOf, .oneOf: choices.append(Condition(source: instruction.source, blocks: links(instruction.b)))
        case .conditional, .conditionalIfGiven: depends(on: links(3))
        case .dynamicReference:
            conditional.append(Condition(source: instruction.source, blocks: [instruction.a]))
        case .not, .notIfGiven, .contains, .propertyNames, .dependentSchema, .unevaluatedItems,
            .unevaluatedProperties:
            depends(on: [instruction.a])
        case .prefixItems: prefix = links(instruction.b)
        case .items: elements = instruction.a
        case .members:
            let plan = code.objects[Int(instruction.a)]
            for (number, name) in code.names.all(of: plan.names).enumerated() {
                let member = code.members[Int(plan.firstMember) + number].block
                if member >= 0 { members.append((name, member)) }
            }
            let first = Int(plan.firstPattern)
            depends(on: (0..<Int(plan.patternCount)).map { code.links[first + $0 * 2 + 1] })
            if plan.additional >= 0 { depends(on: [plan.additional]) }
        case .const, .enumeration, .minLength, .maxLength, .pattern, .format, .minimum, .maximum, .exclusiveMinimum,
            .exclusiveMaximum, .multipleOf, .bsonNumber, .minItems, .maxItems, .uniqueItems, .minProperties,
            .maxProperties, .required, .dependentRequired:
            break
        }
    }

    /// For each block, whether it or any that it leads to has a storage keyword.
    static func leadingToStorage(_ code: ProgramCode) -> [Bool] {
        var parents = [[Int32]](repeating: [], count: code.blocks.count)
        var leads = [Bool](repeating: false, count: code.blocks.count)
        var next: [Int] = []
        for (number, block) in code.blocks.enumerated() {
            let own = Int32(clamping: number)
            for child in StorageEdges(of: own, code).all { parents[Int(child)].append(own) }
            let isMarked = code.documents[Int(block.document)].json.withNode(Int(block.source)) { schema in
                SchemaKeyword.storage.contains { schema[$0.rawValue] != nil }
            }
            if isMarked { next.append(number) }
        }
        while let number = next.popLast() {
            guard !leads[number] else { continue }
            leads[number] = true
            next += parents[number].map { Int($0) }
        }
        return leads
    }
}
