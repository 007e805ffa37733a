/// The object keywords of a schema, compiled for one walk over the members.
struct ObjectPlan {
    /// Names in `properties` and `required`.
    var names: NameIndex
    /// First of the names' ``MemberPlan``s, in the order of their numbers.
    var firstMember: Int32
    var memberCount: Int
    /// Whether members that `properties` does not name may be null, unless nothing is accepted there.
    var allowsOtherNulls: Bool
    /// Pairs of links: pattern, block.
    var firstPattern: Int32
    var patternCount: Int32
    /// The block for all other members; -1: none.
    var additional: Int32
    /// One bit for each required name.
    var required: UInt64
    /// Nodes of the keywords, for messages; -1: none.
    var requiredSource: Int32
}

/// The part of an ``ObjectPlan`` for one name.
struct MemberPlan {
    /// The value's schema; -1: not in `properties`.
    var block: Int32
    /// Its bit in ``ObjectPlan/required``, or 0.
    var required: UInt64
    /// Whether null is accepted without running the schema.
    var allowsNull: Bool
}
