import Documents

/// Runs a program over one value of a tape.
///
/// Silent, it stops at the first broken keyword and allocates nothing (but for programs with `unevaluated…`,
/// `$dynamicRef` or patterns that backtrack). Collecting, it goes on and notes what it finds.
struct Evaluator {
    /// Schemas inside one another, `$ref`s included, that are followed on the caller's stack: some 200 kB.
    static let shallowNesting = 256
    /// And on a stack made for it. Enough for values of a thousand levels under schemas of eight for each.
    static let deepNesting = 8192

    let code: ProgramCode
    let blocks: UnsafePointer<Block>
    let instructions: UnsafePointer<Instruction>
    let links: UnsafePointer<Int32>
    let objects: UnsafePointer<ObjectPlan>
    let members: UnsafePointer<MemberPlan>
    let slots: UnsafePointer<NameSlot>
    let nameBytes: UnsafePointer<UInt8>

    /// The object whose member `operation` is not there for the schema; -1: none.
    let envelope: Int
    /// How many findings are wanted; 0: silent.
    var wanted = 0
    var findings: [Finding] = []
    /// Why evaluation was given up; the value then counts as invalid.
    var surrender: Finding?
    /// Units of work that are left; see ``Evaluator/work(for:_:)``.
    var workLeft: Int
    /// Steps that are left for patterns, beside those for the lengths of their texts.
    var patternStepsLeft = Pattern.baseSteps
    private let maximumNesting: Int
    private var nesting = 0

    /// Bits for the members or elements that were evaluated, one frame for each container being checked.
    var frames: [UInt64] = []
    /// Resources that evaluation came through, outermost first.
    private var scopes: [Int32] = []

    /// - Parameter node: the value that will be checked.
    init(
        _ code: ProgramCode, _ tables: ProgramTables, _ node: JSONNode, envelope: Int,
        maximumNesting: Int = shallowNesting
    ) {
        self.code = code
        workLeft = Self.work(for: node, code)
        blocks = tables.blocks
        instructions = tables.instructions
        links = tables.links
        objects = tables.objects
        members = tables.members
        slots = tables.slots
        nameBytes = tables.nameBytes
        self.envelope = envelope
        self.maximumNesting = maximumNesting
    }

    static let noFrame = -1

    /// The work that checking a value may take, in units of some nanoseconds: enough for every schema of the program at every
    /// value inside it, a few times over. Beyond that references multiply, and the value counts as invalid.
    private static func work(for node: JSONNode, _ code: ProgramCode) -> Int {
        let size = node.endIndex - node.index + node.byteSpan >> 6
        return 500_000 + size * min(code.blocks.count * 4, 4096)
    }

    /// Notes work that was done, or is about to be; false where none is left.
    @inline(__always)
    mutating func spend(_ units: Int, _ node: JSONNode, _ block: Int32) -> Bool {
        workLeft -= units
        if workLeft >= 0 { return true }
        if surrender == nil { surrender = Finding(kind: .work, node: node.index, block: block) }
        return false
    }

    /// Whether a value satisfies a block. `parent` is the frame that learns what was evaluated, if it was valid.
    mutating func run(_ number: Int32, _ node: JSONNode, parent: Int = noFrame) -> Bool {
        let block = blocks + Int(number)
        let kind = node.kind
        if block.pointee.types & kind.bit == 0 {
            note(block.pointee.flags.contains(.never) ? .never : .type, node, number)
            return false
        }
        if block.pointee.work & kind.bit == 0, !code.usesDynamicScope { return surrender == nil }
        return runInside(number, node, kind, parent)
    }

    private mutating func runInside(_ number: Int32, _ node: JSONNode, _ kind: JSONKind, _ parent: Int) -> Bool {
        if surrender != nil { return false }
        guard nesting < maximumNesting else {
            surrender = Finding(kind: .nesting, node: node.index, block: number)
            return false
        }
        guard spend(1 + node.count >> 2, node, number) else { return false }
        nesting += 1
        defer { nesting -= 1 }
        let block = blocks + Int(number)
        let entersScope = code.usesDynamicScope && scopes.last != block.pointee.resource
        if entersScope { scopes.append(block.pointee.resource) }
        defer { if entersScope { scopes.removeLast() } }

        var frame = Self.noFrame
        let isContainer = kind == .array || kind == .object
        if isContainer, parent >= 0 || block.pointee.flags.contains(.unevaluated) {
            frame = frames.count
            frames.append(contentsOf: repeatElement(0, count: (node.count + 63) / 64))
        }
        let isValid = check(number, node, kind, frame)
        if frame >= 0 {
            // While collecting, a broken branch has still looked at its members: they are not unknown as well.
            if isValid || isCollecting, parent >= 0 {
                for word in 0..<(frames.count - frame) { frames[parent + word] |= frames[frame + word] }
            }
            frames.removeLast(frames.count - frame)
        }
        return isValid
    }

    private mutating func check(_ number: Int32, _ node: JSONNode, _ kind: JSONKind, _ frame: Int) -> Bool {
        let block = blocks + Int(number)
        var isValid = true
        if block.pointee.general < block.pointee.string {
            isValid = checkGeneral(number, node, frame)
            if !isValid, !isCollecting { return false }
        }
        switch kind {
        case .null, .true, .false: return isValid
        case .string:
            for i in block.pointee.string..<block.pointee.number where !checkString(Int(i), node, number) {
                isValid = false
                if !isCollecting { return false }
            }
            return isValid
        case .number:
            if block.pointee.flags.contains(.integer), !ExactNumber.isIntegral(node) {
                note(.type, node, number)
                return false
            }
            for i in block.pointee.number..<block.pointee.array where !checkNumber(Int(i), node, number) {
                isValid = false
                if !isCollecting { return false }
            }
            return isValid
        case .array:
            for i in block.pointee.array..<block.pointee.object where !checkArray(Int(i), node, number, frame) {
                isValid = false
                if !isCollecting { return false }
            }
        case .object:
            for i in block.pointee.object..<block.pointee.unevaluated where !checkObject(Int(i), node, number, frame) {
                isValid = false
                if !isCollecting { return false }
            }
        }
        for i in block.pointee.unevaluated..<block.pointee.end where !checkUnevaluated(Int(i), node, number, frame) {
            isValid = false
            if !isCollecting { return false }
        }
        return isValid
    }

    /// The block that a dynamic anchor means from here: that of the outermost resource that has it.
    mutating func dynamicTarget(_ anchor: Int32, _ node: JSONNode, _ block: Int32) -> Int32? {
        guard spend((scopes.count * code.dynamicAnchors.count) >> 4, node, block) else { return nil }
        for resource in scopes {
            for entry in code.dynamicAnchors where entry.resource == resource && entry.name == anchor {
                return entry.block
            }
        }
        return nil
    }
}

// MARK: - Findings

extension Evaluator {
    /// Whether findings are wanted and there is room for more.
    var isCollecting: Bool { findings.count < wanted && surrender == nil }

    mutating func note(_ kind: Finding.Kind, _ node: JSONNode, _ block: Int32, detail: Int = 0) {
        guard isCollecting else { return }
        findings.append(Finding(kind: kind, node: node.index, block: block, detail: detail))
    }

    /// Runs a block without noting anything.
    mutating func runSilently(_ block: Int32, _ node: JSONNode, parent: Int) -> Bool {
        let wanted = self.wanted
        self.wanted = 0
        defer { self.wanted = wanted }
        return run(block, node, parent: parent)
    }

    /// Marks a member or element as evaluated.
    mutating func mark(_ position: Int, in frame: Int) {
        if frame >= 0 { frames[frame + (position >> 6)] |= 1 << UInt64(position & 63) }
    }

    func isMarked(_ position: Int, in frame: Int) -> Bool {
        frames[frame + (position >> 6)] & (1 << UInt64(position & 63)) != 0
    }
}
