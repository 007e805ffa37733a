import JSON

/// Type and storage constraints of a schema, including those of the schemas it refers to.
struct ValueShape {
    /// One bit for each accepted ``JSONKind``.
    var types: UInt8
    var isInteger: Bool
    var isSecret: Bool

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
                case .anyOf, .oneOf:
                    for link in links[Int(instruction.a)..<Int(instruction.a + instruction.b)] {
                        shapes[number].mayBe(shapes[Int(link)])
                    }
                case .conditional, .conditionalIfGiven:
                    for link in links[Int(instruction.a)..<Int(instruction.a + 3)] where link >= 0 {
                        shapes[number].mayBe(shapes[Int(link)])
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
    }

    private mutating func merge(_ other: ValueShape) {
        types &= other.types
        isInteger = isInteger || other.isInteger
        isSecret = isSecret || other.isSecret
    }

    /// Of a schema that applies to some values: what may be secret is.
    private mutating func mayBe(_ other: ValueShape) { isSecret = isSecret || other.isSecret }

    /// The shape of a value that both apply to.
    func merging(_ other: ValueShape) -> ValueShape {
        var shape = self
        shape.merge(other)
        return shape
    }

    var isNullable: Bool { types & JSONKind.null.bit != 0 }

    /// The stored BSON kind of the only accepted type.
    var kindOfType: BSONKind {
        switch types & ~JSONKind.null.bit {
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
}
