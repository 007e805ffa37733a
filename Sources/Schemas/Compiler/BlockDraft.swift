import JSON

/// A block being built: its instructions, grouped by the kind of value they apply to.
struct BlockDraft {
    var block = Block()
    var general: [Instruction] = []
    var string: [Instruction] = []
    var number: [Instruction] = []
    var array: [Instruction] = []
    var object: [Instruction] = []
    var unevaluated: [Instruction] = []

    /// Appends the instructions to the program's and returns the block that points to them.
    func finish(_ instructions: inout [Instruction]) -> Block {
        var block = self.block
        func append(_ group: [Instruction]) -> Int32 {
            let start = Int32(instructions.count)
            instructions.append(contentsOf: group)
            return start
        }
        block.general = append(general)
        block.string = append(string)
        block.number = append(number)
        block.array = append(array)
        block.object = append(object)
        block.unevaluated = append(unevaluated)
        block.end = Int32(instructions.count)

        block.work = general.isEmpty ? 0 : Block.allTypes
        if !string.isEmpty { block.work |= JSONKind.string.bit }
        if !number.isEmpty || block.flags.contains(.integer) { block.work |= JSONKind.number.bit }
        if !array.isEmpty { block.work |= JSONKind.array.bit }
        if !object.isEmpty { block.work |= JSONKind.object.bit }
        if !unevaluated.isEmpty { block.work |= JSONKind.array.bit | JSONKind.object.bit }
        if block.flags.contains(.never) { block.types = 0 }
        return block
    }
}

extension JSONKind {
    /// The kind's bit in the sets of a ``Block``.
    ///
    /// Assumes that the enum's layout equals its raw values; `rawValue` would be a call into another module.
    @inline(__always) var bit: UInt8 { 1 << unsafeBitCast(self, to: UInt8.self) }
}
