/// A compiled regular expression: operations for ``PatternMatcher``.
struct PatternProgram: Sendable {
    struct Operation: Sendable {
        enum Code: UInt8, Sendable {
            /// One scalar. a: its value, or the number of the set.
            case scalar, any, set
            /// Greedy repetition of one scalar, b to c times; lazy if not `flag`. a: as above. d: what to match.
            case repeatScalar, repeatAny, repeatSet
            /// a: target.
            case jump
            /// a: first alternative; b: target on failure.
            case split
            /// a: register that receives the position.
            case save
            /// a ..< b: registers to clear.
            case clear
            case start, end, boundary, notBoundary
            /// a: group number.
            case backreference
            /// Lookaround: matches the operations up to `lookEnd` on their own. a: target; isNegated: whether it must
            /// fail.
            case look
            case lookEnd
            /// a: counter register, set to 0.
            case beginLoop
            /// a: counter register, b: minimum, c: maximum iterations; d: target after the last. The next register
            /// holds where the iteration began.
            case loop
            /// a: counter register; b: minimum iterations; d: the loop. Fails if the iteration matched the empty string
            /// beyond the minimum.
            case endLoop
            case accept
        }

        var code: Code
        /// Matches backward, inside a lookbehind.
        var isBackward = false
        /// For `look`: negated. For repetitions: greedy.
        var flag = false
        var a: Int32 = 0
        var b: Int32 = 0
        var c: Int32 = 0
        var d: Int32 = 0
    }

    var operations: [Operation]
    var sets: [ScalarSet]
    /// Steps charged for testing a non-ASCII scalar against each set.
    let setCosts: [Int]
    var registerCount: Int
    /// Whether it can match only at the start of the text.
    var isAnchored: Bool

    init(operations: [Operation], sets: [ScalarSet], registerCount: Int, isAnchored: Bool) {
        self.operations = operations
        self.sets = sets
        setCosts = sets.map(\.cost)
        self.registerCount = registerCount
        self.isAnchored = isAnchored
    }

    /// Maximum number of operations.
    static let maximumSize = 20_000
}
