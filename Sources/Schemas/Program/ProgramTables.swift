/// A program's tables as unsafe pointers, valid during one evaluation.
struct ProgramTables {
    let blocks: UnsafePointer<Block>
    let instructions: UnsafePointer<Instruction>
    let links: UnsafePointer<Int32>
    let objects: UnsafePointer<ObjectPlan>
    let members: UnsafePointer<MemberPlan>
    let slots: UnsafePointer<NameSlot>
    let nameBytes: UnsafePointer<UInt8>
}

extension ProgramCode {
    /// Lends the tables. An empty table is never read, so it gets a placeholder pointer.
    @inline(__always)
    func withTables<Result>(_ body: (ProgramTables) -> Result) -> Result {
        lend(blocks) { blocks in
            lend(instructions) { instructions in
                lend(links) { links in
                    lend(objects) { objects in
                        lend(members) { members in
                            lend(names.slots) { slots in
                                lend(names.bytes) { bytes in
                                    body(
                                        ProgramTables(
                                            blocks: blocks, instructions: instructions, links: links,
                                            objects: objects, members: members, slots: slots, nameBytes: bytes))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func lend<Element, Result>(_ table: [Element], _ body: (UnsafePointer<Element>) -> Result) -> Result {
        table.withUnsafeBufferPointer {
            body($0.baseAddress ?? UnsafePointer(bitPattern: MemoryLayout<Element>.alignment).unsafelyUnwrapped)
        }
    }
}
