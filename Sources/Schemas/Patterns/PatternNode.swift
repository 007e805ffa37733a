/// Syntax tree of a regular expression.
indirect enum PatternNode {
    case empty
    case scalar(UInt32)
    /// `.`: any scalar except line terminators.
    case any
    case set(ScalarSet)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case capture(PatternNode, number: Int)
    /// `captures`: numbers of the groups inside; each iteration clears them.
    case repetition(PatternNode, least: Int, most: Int, isGreedy: Bool, captures: Range<Int>)
    case start
    case end
    case boundary(isNegated: Bool)
    case backreference(Int)
    case namedBackreference(String)
    case look(PatternNode, isAhead: Bool, isNegated: Bool)
}
