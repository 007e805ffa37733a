/// Compiles a parsed regular expression to operations.
struct PatternCompiler {
    private let names: [String: Int]
    private var operations: [PatternProgram.Operation] = []
    private var sets: [ScalarSet] = []
    private var registerCount: Int
    private let captureCount: Int
    private var isBackward = false
    /// Group positions are saved only if a back-reference uses them.
    private var remembersGroups = false

    init(names: [String: Int], captures: Int) {
        self.names = names
        captureCount = captures
        registerCount = 0
    }

    mutating func compile(_ node: PatternNode) throws(PatternSyntaxError) -> PatternProgram {
        remembersGroups = Self.hasReferences(node)
        if remembersGroups { registerCount = (captureCount + 1) * 2 }
        try emit(node)
        try add(.accept)
        return PatternProgram(
            operations: operations, sets: sets, registerCount: registerCount, isAnchored: Self.isAnchored(node))
    }

    private static func hasReferences(_ node: PatternNode) -> Bool {
        switch node {
        case .backreference, .namedBackreference: true
        case .sequence(let list), .alternatives(let list): list.contains { hasReferences($0) }
        case .capture(let inner, _), .repetition(let inner, _, _, _, _), .look(let inner, _, _): hasReferences(inner)
        case .empty, .scalar, .any, .set, .start, .end, .boundary: false
        }
    }

    private static func isAnchored(_ node: PatternNode) -> Bool {
        switch node {
        case .start: true
        case .sequence(let list): list.first.map { isAnchored($0) } ?? false
        case .alternatives(let list): list.allSatisfy { isAnchored($0) }
        case .capture(let inner, _): isAnchored(inner)
        default: false
        }
    }

    @discardableResult
    private mutating func add(
        _ code: PatternProgram.Operation.Code, a: Int = 0, b: Int = 0, c: Int = 0, d: Int = 0, flag: Bool = false
    ) throws(PatternSyntaxError) -> Int {
        guard operations.count < PatternProgram.maximumSize else {
            throw PatternSyntaxError(message: "the pattern is too large")
        }
        operations.append(
            PatternProgram.Operation(
                code: code, isBackward: isBackward, flag: flag, a: Int32(clamping: a), b: Int32(clamping: b),
                c: Int32(clamping: c), d: Int32(clamping: d)))
        return operations.count - 1
    }

    private mutating func emit(_ node: PatternNode) throws(PatternSyntaxError) {
        switch node {
        case .empty: break
        case .scalar(let value): try add(.scalar, a: Int(value))
        case .any: try add(.any)
        case .set(let set): try add(.set, a: number(of: set))
        case .sequence(let list):
            if isBackward {
                for part in list.reversed() { try emit(part) }
            } else {
                for part in list { try emit(part) }
            }
        case .alternatives(let list): try emitAlternatives(list)
        case .capture(let inner, let number):
            guard remembersGroups else { return try emit(inner) }
            try add(.save, a: number * 2 + (isBackward ? 1 : 0))
            try emit(inner)
            try add(.save, a: number * 2 + (isBackward ? 0 : 1))
        case .repetition(let inner, let least, let most, let isGreedy, let captures):
            try emitRepetition(inner, least, most, isGreedy, captures)
        case .start: try add(.start)
        case .end: try add(.end)
        case .boundary(let isNegated): try add(isNegated ? .notBoundary : .boundary)
        case .backreference(let number): try add(.backreference, a: number)
        case .namedBackreference(let name):
            guard let number = names[name] else { throw PatternSyntaxError(message: "no group is named \(name)") }
            try add(.backreference, a: number)
        case .look(let inner, let isAhead, let isNegated):
            let look = try add(.look, flag: isNegated)
            let outer = isBackward
            isBackward = !isAhead
            try emit(inner)
            isBackward = outer
            try add(.lookEnd)
            operations[look].a = Int32(operations.count)
        }
    }

    private mutating func number(of set: ScalarSet) -> Int {
        sets.append(set)
        return sets.count - 1
    }

    private mutating func emitAlternatives(_ list: [PatternNode]) throws(PatternSyntaxError) {
        var jumps: [Int] = []
        for (position, part) in list.enumerated() {
            guard position < list.count - 1 else {
                try emit(part)
                break
            }
            let split = try add(.split, a: operations.count + 1)
            try emit(part)
            jumps.append(try add(.jump))
            operations[split].b = Int32(operations.count)
        }
        for jump in jumps { operations[jump].a = Int32(operations.count) }
    }

    private mutating func emitRepetition(
        _ inner: PatternNode, _ least: Int, _ most: Int, _ isGreedy: Bool, _ captures: Range<Int>
    ) throws(PatternSyntaxError) {
        switch inner {
        case .scalar(let value): try add(.repeatScalar, a: Int(value), b: least, c: most, flag: isGreedy)
        case .any: try add(.repeatAny, b: least, c: most, flag: isGreedy)
        case .set(let set): try add(.repeatSet, a: number(of: set), b: least, c: most, flag: isGreedy)
        default:
            if most == 0 { return }
            let counter = registerCount
            registerCount += 2
            try add(.beginLoop, a: counter)
            let loop = try add(.loop, a: counter, b: least, c: most, flag: isGreedy)
            if remembersGroups, !captures.isEmpty {
                try add(.clear, a: captures.lowerBound * 2, b: captures.upperBound * 2)
            }
            try emit(inner)
            try add(.endLoop, a: counter, b: least, d: loop)
            operations[loop].d = Int32(operations.count)
        }
    }
}
