/// A violated keyword, recorded as numbers; ``ViolationWriter`` turns it into text.
struct Finding {
    enum Kind {
        /// Type mismatch; `detail` is unused.
        case type
        /// The schema is `false`.
        case never
        /// An instruction; `detail` depends on its operation.
        case instruction(Int)
        /// A missing required name; `detail` is its number in the instruction's plan.
        case required(Int)
        /// A missing name of `dependentRequired` or of a long `required`: the name's node in the schema.
        case missing(Int, name: Int)
        /// The member's name violates `propertyNames`.
        case name(Int)
        /// Aborted at the pattern step limit; `detail` is the instruction with the pattern.
        case patternSteps(Int)
        case nesting
        /// Aborted at the work limit for the value's size.
        case work
    }

    let kind: Kind
    /// The value's node.
    let node: Int
    let block: Int32
    var detail: Int = 0

    /// Whether evaluation was aborted at the nesting limit.
    var isNesting: Bool {
        if case .nesting = kind { true } else { false }
    }
}
