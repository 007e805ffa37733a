/// The tables of a compiled program: flat, immutable, shared by all evaluators.
final class ProgramCode: Sendable {
    let blocks: [Block]
    let instructions: [Instruction]
    /// Lists of block numbers and small integers that instructions point into.
    let links: [Int32]
    let objects: [ObjectPlan]
    let members: [MemberPlan]
    let names: NamePool
    let patterns: [Pattern]
    /// Blocks of dynamic anchors, by resource.
    let dynamicAnchors: [DynamicAnchor]
    /// Whether any `$dynamicRef` depends on the dynamic scope.
    let usesDynamicScope: Bool
    /// Type and storage constraints of each block.
    let shapes: [ValueShape]
    /// Names of members marked `x-secret` anywhere in the program.
    let secretNames: Set<String>
    /// Documents by registry number: the source of constants, limits and keyword locations.
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
