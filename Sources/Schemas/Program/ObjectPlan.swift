/// What a schema says about the members of an object, arranged for one walk over them.
struct ObjectPlan {
    /// The names in `properties` and `required`.
    var names: NameIndex
    /// Where those names' plans lie in the program, in the order of their numbers.
    var firstMember: Int32
    var memberCount: Int
    /// Pairs of links: pattern, block.
    var firstPattern: Int32
    var patternCount: Int32
    /// The block for all other members; -1: none.
    var additional: Int32
    /// A bit for each required name.
    var required: UInt64
    /// Nodes of the keywords, for messages; -1: none.
    var requiredSource: Int32
}

/// What an ``ObjectPlan`` says about one name.
struct MemberPlan {
    /// The schema of the value; -1: `properties` does not name it.
    var block: Int32
    /// Its bit in ``ObjectPlan/required``, or 0.
    var required: UInt64
    /// A null is taken without asking the schema.
    var allowsNull: Bool
}
