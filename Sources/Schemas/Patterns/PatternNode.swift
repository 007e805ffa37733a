/// A regular expression as its parts.
indirect enum PatternNode {
    case empty
    case scalar(UInt32)
    /// `.`: all but line terminators.
    case any
    case set(ScalarSet)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case capture(PatternNode, number: Int)
    /// `captures` are the numbers of the groups inside: each turn begins without them.
    case repetition(PatternNode, least: Int, most: Int, isGreedy: Bool, captures: Range<Int>)
    case start
    case end
    case boundary(isNegated: Bool)
    case backreference(Int)
    case namedBackreference(String)
    case look(PatternNode, isAhead: Bool, isNegated: Bool)

    /// Whether it matches exactly one scalar, whatever it is.
    var isSingle: Bool {
        switch self {
        case .scalar, .any, .set: true
        default: false
        }
    }
}
