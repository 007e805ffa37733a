/// One schema of a program: what it says about types, and where its instructions lie.
///
/// The instructions are sorted by the kind of value they say something about, so that none is looked at in vain:
/// `general ..< string` for all values, `string ..< number` for strings, and so on.
struct Block {
    struct Flags: OptionSet {
        let rawValue: UInt8
        /// Numbers must be whole.
        static let integer = Flags(rawValue: 1)
        /// The schema `false`.
        static let never = Flags(rawValue: 2)
        /// The value is not to be shown.
        static let secret = Flags(rawValue: 4)
        /// Has unevaluatedItems or unevaluatedProperties.
        static let unevaluated = Flags(rawValue: 8)
    }

    /// A bit for each ``JSONKind`` that is accepted.
    var types: UInt8 = Block.allTypes
    /// A bit for each ``JSONKind`` for which there is more to check than the type.
    var work: UInt8 = 0
    var flags: Flags = []
    /// What the store makes of it, for messages.
    var bson: BSONKind?

    var general: Int32 = 0
    var string: Int32 = 0
    var number: Int32 = 0
    var array: Int32 = 0
    var object: Int32 = 0
    var unevaluated: Int32 = 0
    var end: Int32 = 0

    /// The resource it belongs to, by its number in the registry: what `$dynamicRef` goes by.
    var resource: Int32 = 0
    /// Document and node of the schema, and the node of its `type` (-1: none), for messages.
    var document: Int32 = 0
    var source: Int32 = 0
    var typeSource: Int32 = -1

    static let allTypes: UInt8 = 0x7F
}
