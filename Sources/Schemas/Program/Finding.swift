/// A broken keyword as the evaluator notes it: numbers only, made into words later.
struct Finding {
    enum Kind {
        /// The block's type; `detail` is unused.
        case type
        /// The block is `false`.
        case never
        /// An instruction; `detail` depends on its operation.
        case instruction(Int)
        /// A required name; `detail` is its number in the plan of the instruction.
        case required(Int)
        /// A name that `dependentRequired` or a long `required` asks for: node of the name in the schema.
        case missing(Int, name: Int)
        /// The member's name breaks `propertyNames`.
        case name(Int)
        /// The evaluation was given up; `detail` is the instruction that has the pattern.
        case patternSteps(Int)
        case nesting
        /// The evaluation was given up: it takes more work than the value's size allows.
        case work
    }

    let kind: Kind
    /// Node of the value.
    let node: Int
    let block: Int32
    var detail: Int = 0

    /// Whether evaluation was given up for want of stack.
    var isNesting: Bool {
        if case .nesting = kind { true } else { false }
    }
}
