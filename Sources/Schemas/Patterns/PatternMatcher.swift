/// Runs a compiled regular expression by backtracking, with bounded steps and memory.
struct PatternMatcher {
    /// A backtracking choice: how to continue after a failure.
    struct Choice {
        enum Kind: UInt8 { case resume, restore, fewer, more }
        var kind: Kind
        /// resume, fewer, more: operation to continue at. restore: register.
        var operation: Int32
        /// Position; for restore: the register's previous value.
        var position: Int
        /// fewer: lowest position allowed (highest, backward). more: repetitions left.
        var bound: Int
    }

    let program: PatternProgram
    let operations: UnsafeBufferPointer<PatternProgram.Operation>
    let text: UnsafePointer<UInt8>
    let count: Int
    var registers: [Int]
    var choices: [Choice] = []
    var stepsLeft: Int

    /// Steps per byte of text.
    static let stepsPerByte = 32
    static let maximumChoices = 1_000_000

    init(
        _ program: PatternProgram, _ operations: UnsafeBufferPointer<PatternProgram.Operation>,
        _ text: UnsafePointer<UInt8>, _ count: Int, steps: Int
    ) {
        self.program = program
        self.operations = operations
        self.text = text
        self.count = count
        registers = program.registerCount == 0 ? [] : Array(repeating: -1, count: program.registerCount)
        stepsLeft = steps + Self.stepsPerByte * count
    }

    /// Tries every position of the text.
    mutating func search() -> Pattern.Outcome {
        var start = 0
        while true {
            if run(from: 0, at: start, floor: 0) != nil { return .found }
            if stepsLeft < 0 { return .tooManySteps }
            if program.isAnchored || start >= count { return .absent }
            start = after(start)
        }
    }

    /// Runs until the program accepts, or no choices above `floor` are left. Returns the end position.
    private mutating func run(from first: Int, at start: Int, floor: Int) -> Int? {
        var operation = first
        var position = start
        while true {
            stepsLeft -= 1
            if stepsLeft < 0 || choices.count > Self.maximumChoices {
                stepsLeft = min(stepsLeft, -1)
                return nil
            }
            let current = operations[operation]
            switch current.code {
            case .accept, .lookEnd: return position
            default: break
            }
            if step(current, &operation, &position) { continue }
            guard backtrack(&operation, &position, floor) else { return nil }
        }
    }

    /// Executes one operation; false if it does not match.
    @inline(__always)
    private mutating func step(
        _ current: PatternProgram.Operation, _ operation: inout Int, _ position: inout Int
    ) -> Bool {
        switch current.code {
        case .scalar, .any, .set:
            guard let next = matchOne(current, position) else { return false }
            position = next
        case .repeatScalar, .repeatAny, .repeatSet:
            guard repeatOne(current, operation, &position) else { return false }
        case .jump:
            operation = Int(current.a)
            return true
        case .split:
            choices.append(Choice(kind: .resume, operation: current.b, position: position, bound: 0))
            operation = Int(current.a)
            return true
        case .save: set(Int(current.a), to: position)
        case .clear:
            stepsLeft -= Int(current.b - current.a)
            for register in Int(current.a)..<Int(current.b) { set(register, to: -1) }
        case .start: if position != 0 { return false }
        case .end: if position != count { return false }
        case .boundary: if !isBoundary(position) { return false }
        case .notBoundary: if isBoundary(position) { return false }
        case .backreference:
            guard let next = matchReference(current, position) else { return false }
            position = next
        case .look:
            guard look(current, operation, position) else { return false }
            operation = Int(current.a)
            return true
        case .beginLoop: set(Int(current.a), to: 0)
        case .loop:
            operation = turn(current, operation, position)
            return true
        case .endLoop:
            let turns = registers[Int(current.a)]
            if turns > Int(current.b), registers[Int(current.a) + 1] == position { return false }
            operation = Int(current.d)
            return true
        case .accept, .lookEnd: return true
        }
        operation += 1
        return true
    }

    /// Starts another iteration of a loop or leaves it; the alternative becomes a choice.
    private mutating func turn(_ current: PatternProgram.Operation, _ operation: Int, _ position: Int) -> Int {
        let counter = Int(current.a)
        let turns = registers[counter]
        if turns >= Int(current.c) { return Int(current.d) }
        if turns >= Int(current.b) {
            if !current.flag {
                // Lazy: leave first. The choice resumes after the loop head with the needed count.
                choices.append(Choice(kind: .more, operation: Int32(operation), position: position, bound: -1))
                return Int(current.d)
            }
            choices.append(Choice(kind: .resume, operation: current.d, position: position, bound: 0))
        }
        begin(counter, turns + 1, position)
        return operation + 1
    }

    private mutating func begin(_ counter: Int, _ turns: Int, _ position: Int) {
        set(counter, to: turns)
        set(counter + 1, to: position)
    }

    private mutating func set(_ register: Int, to value: Int) {
        choices.append(
            Choice(kind: .restore, operation: Int32(register), position: registers[register], bound: 0))
        registers[register] = value
    }

    private mutating func look(_ current: PatternProgram.Operation, _ operation: Int, _ position: Int) -> Bool {
        let floor = choices.count
        let isFound = run(from: operation + 1, at: position, floor: floor) != nil
        stepsLeft -= choices.count - floor
        if stepsLeft < 0 { return false }
        if isFound, !current.flag {
            // The lookaround matched; previous group values must still be restored on failure.
            var kept = floor
            for i in floor..<choices.count where choices[i].kind == .restore {
                choices[kept] = choices[i]
                kept += 1
            }
            choices.removeLast(choices.count - kept)
        } else {
            while choices.count > floor {
                let choice = choices.removeLast()
                if choice.kind == .restore { registers[Int(choice.operation)] = choice.position }
            }
        }
        return isFound != current.flag
    }

    /// Returns to the latest choice above the floor.
    private mutating func backtrack(_ operation: inout Int, _ position: inout Int, _ floor: Int) -> Bool {
        while choices.count > floor {
            stepsLeft -= 1
            let choice = choices[choices.count - 1]
            switch choice.kind {
            case .restore:
                registers[Int(choice.operation)] = choice.position
                choices.removeLast()
                continue
            case .resume:
                choices.removeLast()
                operation = Int(choice.operation)
                position = choice.position
                return true
            case .fewer:
                let isBackward = operations[Int(choice.operation) - 1].isBackward
                let next = isBackward ? after(choice.position) : before(choice.position)
                if next == choice.bound {
                    choices.removeLast()
                } else {
                    choices[choices.count - 1].position = next
                }
                operation = Int(choice.operation)
                position = next
                return true
            case .more:
                choices.removeLast()
                if more(choice, &operation, &position) { return true }
            }
        }
        return false
    }

    /// A lazy repetition takes one more iteration.
    private mutating func more(_ choice: Choice, _ operation: inout Int, _ position: inout Int) -> Bool {
        let head = operations[Int(choice.operation)]
        if head.code == .loop {
            begin(Int(head.a), registers[Int(head.a)] + 1, choice.position)
            operation = Int(choice.operation) + 1
            position = choice.position
            return true
        }
        guard let next = matchOne(head, choice.position) else { return false }
        if choice.bound > 1 {
            choices.append(
                Choice(kind: .more, operation: choice.operation, position: next, bound: choice.bound - 1))
        }
        operation = Int(choice.operation) + 1
        position = next
        return true
    }

    private mutating func repeatOne(
        _ current: PatternProgram.Operation, _ operation: Int, _ position: inout Int
    ) -> Bool {
        var turns = 0
        defer { stepsLeft -= turns }
        while turns < Int(current.b) {
            guard let next = matchOne(current, position) else { return false }
            position = next
            turns += 1
        }
        let most = Int(current.c)
        guard current.flag else {
            if turns < most {
                choices.append(
                    Choice(kind: .more, operation: Int32(operation), position: position, bound: most - turns))
            }
            return true
        }
        let bound = position
        while turns < most, let next = matchOne(current, position) {
            position = next
            turns += 1
        }
        if position != bound {
            choices.append(Choice(kind: .fewer, operation: Int32(operation + 1), position: position, bound: bound))
        }
        return true
    }
}
