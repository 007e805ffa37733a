/// A compiled program's tables: flat, read-only, shared by all who run it.
final class ProgramCode: Sendable {
    let blocks: [Block]
    let instructions: [Instruction]
    /// Lists of blocks and small numbers that instructions point into.
    let links: [Int32]
    let objects: [ObjectPlan]
    let members: [MemberPlan]
    let names: NamePool
    let patterns: [Pattern]
    /// Which block a resource has for a dynamic anchor.
    let dynamicAnchors: [DynamicAnchor]
    /// Whether any `$dynamicRef` must look at where evaluation came from.
    let usesDynamicScope: Bool
    /// What each block says about a value's kind and storage.
    let shapes: [ValueShape]
    /// Names of members marked `x-secret` anywhere in the program.
    let secretNames: Set<String>
    /// By the registry's numbers: constants and limits are read from here, and places of keywords.
    let documents: [SchemaDocument]

    init(
        blocks: [Block], instructions: [Instruction], links: [Int32], objects: [ObjectPlan], members: [MemberPlan],
        names: NamePool, patterns: [Pattern], dynamicAnchors: [DynamicAnchor], usesDynamicScope: Bool,
        shapes: [ValueShape], secretNames: Set<String>, documents: [SchemaDocument]
    ) {
        self.blocks = blocks
        self.instructions = instructions
        self.links = links
        self.objects = objects
        self.members = members
        self.names = names
        self.patterns = patterns
        self.dynamicAnchors = dynamicAnchors
        self.usesDynamicScope = usesDynamicScope
        self.shapes = shapes
        self.secretNames = secretNames
        self.documents = documents
    }
}

/// A `$dynamicAnchor` of one resource.
struct DynamicAnchor {
    let resource: Int32
    let name: Int32
    let block: Int32
}
