/// A compiled regular expression: a list of operations that a ``PatternMatcher`` runs.
struct PatternProgram: Sendable {
    struct Operation: Sendable {
        enum Code: UInt8, Sendable {
            /// One scalar. a: its value, or the number of the set.
            case scalar, any, set
            /// As many of them as there are, up to c, and at least b; then fewer by and by (or, lazy, the other way).
            /// a: as above. d: what to match.
            case repeatScalar, repeatAny, repeatSet
            /// a: where to go on.
            case jump
            /// a: where to try first; b: where to go on when that fails.
            case split
            /// a: register that takes the position.
            case save
            /// a, b: registers from … up to that become unset.
            case clear
            case start, end, boundary, notBoundary
            /// a: number of the group.
            case backreference
            /// What follows, up to `lookEnd`, is tried for itself. a: where to go on; isNegated: whether it must fail.
            case look
            case lookEnd
            /// a: register that counts; becomes 0.
            case beginLoop
            /// a: register that counts, b: least, c: most turns; d: where to go on after the last. The next register
            /// keeps where the turn began.
            case loop
            /// a: register that counts; b: least turns; d: the loop. Fails when the turn matched nothing and more than
            /// the least were made.
            case endLoop
            case accept
        }

        var code: Code
        /// Matches towards the start of the text, inside a lookbehind.
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
    /// Steps that asking a set for a scalar beyond ASCII counts as.
    let setCosts: [Int]
    var registerCount: Int
    /// Whether it can only match at the start of the text.
    var isAnchored: Bool

    init(operations: [Operation], sets: [ScalarSet], registerCount: Int, isAnchored: Bool) {
        self.operations = operations
        self.sets = sets
        setCosts = sets.map(\.cost)
        self.registerCount = registerCount
        self.isAnchored = isAnchored
    }

    /// Operations a program may have.
    static let maximumSize = 20_000
}
