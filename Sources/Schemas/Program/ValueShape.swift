import JSON

/// Type and storage constraints of a schema, including those of the schemas it refers to.
struct ValueShape {
    /// One bit for each accepted ``JSONKind``.
    var types: UInt8
    var isInteger: Bool
    var isSecret: Bool
    private var stored: BSONKind?

    /// Computes the shapes of all blocks. A shape includes those of blocks applied to the same value.
    ///
    /// - Parameter order: topological: each block comes after those it refers to.
    static func all(_ order: [Int32], blocks: [Block], instructions: [Instruction], links: [Int32]) -> [ValueShape] {
        var shapes = blocks.map { ValueShape($0) }
        for number in order.lazy.map(Int.init) {
            for instruction in instructions[Int(blocks[number].general)..<Int(blocks[number].string)] {
                switch instruction.operation {
                case .reference: shapes[number].merge(shapes[Int(instruction.a)])
                case .allOf:
                    for link in links[Int(instruction.a)..<Int(instruction.a + instruction.b)] {
                        shapes[number].merge(shapes[Int(link)])
                    }
                default: break
                }
            }
        }
        return shapes
    }

    private init(_ block: Block) {
        types = block.types
        isInteger = block.flags.contains(.integer)
        isSecret = block.flags.contains(.secret)
        stored = block.bson
    }

    private mutating func merge(_ other: ValueShape) {
        types &= other.types
        isInteger = isInteger || other.isInteger
        isSecret = isSecret || other.isSecret
        stored = stored ?? other.stored
    }

    var isNullable: Bool { types & JSONKind.null.bit != 0 }

    /// The stored BSON kind: as declared, or that of the only accepted type.
    var bson: BSONKind {
        if let stored { return stored }
        return switch types & ~JSONKind.null.bit {
        case JSONKind.string.bit: .string
        case JSONKind.true.bit | JSONKind.false.bit: .bool
        case JSONKind.number.bit: isInteger ? .long : .double
        case JSONKind.object.bit: .object
        case JSONKind.array.bit: .array
        default: .any
        }
    }
}

extension ProgramCode {
    func shape(of block: Int32) -> ValueShape { shapes[Int(block)] }

    /// The block of a name in a block's `properties`.
    func member(_ name: UnsafeBufferPointer<UInt8>, of block: Int32) -> Int32? {
        withTables { tables in
            let range = tables.blocks[Int(block)]
            for i in Int(range.object)..<Int(range.unevaluated) where tables.instructions[i].operation == .members {
                let plan = tables.objects[Int(tables.instructions[i].a)]
                let number = plan.names.find(name, slots: tables.slots, bytes: tables.nameBytes)
                guard number >= 0 else { return nil }
                let member = tables.members[Int(plan.firstMember) + Int(number)].block
                return member < 0 ? nil : member
            }
            return nil
        }
    }
}
