import JSON

/// Evaluates a program on one value of a tape.
///
/// In silent mode it stops at the first violated keyword and does not allocate (except for `unevaluated…`,
/// `$dynamicRef` and backtracking patterns). In collecting mode it continues and records findings.
struct Evaluator {
    /// Maximum schema nesting, `$ref`s included, on the caller's stack: about 200 kB.
    static let shallowNesting = 256
    /// Maximum nesting on the dedicated large stack: enough for 1,000 levels of values under eight schemas each.
    static let deepNesting = 8192

    let code: ProgramCode
    let blocks: UnsafePointer<Block>
    let instructions: UnsafePointer<Instruction>
    let links: UnsafePointer<Int32>
    let objects: UnsafePointer<ObjectPlan>
    let members: UnsafePointer<MemberPlan>
    let slots: UnsafePointer<NameSlot>
    let nameBytes: UnsafePointer<UInt8>

    /// The object whose member `operation` is hidden from the schema; -1: none.
    let envelope: Int
    /// Maximum number of findings; 0: silent.
    var wanted = 0
    var findings: [Finding] = []
    /// Why evaluation was aborted; the value then counts as invalid.
    var surrender: Finding?
    /// Remaining work units; see ``Evaluator/work(for:_:)``.
    var workLeft: Int
    /// Remaining pattern steps, in addition to the share of each text's length.
    var patternStepsLeft = Pattern.baseSteps
    private let maximumNesting: Int
    private var nesting = 0

    /// Bits of evaluated members or elements, one frame for each container on the path.
    var frames: [UInt64] = []
    /// Dynamic scope: resources entered, outermost first.
    private var scopes: [Int32] = []

    /// - Parameter node: the value to evaluate.
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

    /// Work limit for a value, in units of some nanoseconds: enough to run every schema of the program on every nested
    /// value a few times. Beyond it (references that multiply) the value counts as invalid.
    private static func work(for node: JSONNode, _ code: ProgramCode) -> Int {
        let size = node.endIndex - node.index + node.byteSpan >> 6
        return 500_000 + size * min(code.blocks.count * 4, 4096)
    }

    /// Charges work units; false if none are left.
    @inline(__always)
    mutating func spend(_ units: Int, _ node: JSONNode, _ block: Int32) -> Bool {
        workLeft -= units
        if workLeft >= 0 { return true }
        if surrender == nil { surrender = Finding(kind: .work, node: node.index, block: block) }
        return false
    }

    /// Whether a value satisfies a block. `parent`: the frame that receives the evaluated members if it is valid.
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
            // In collecting mode a failed branch has still evaluated its members: do not report them as unevaluated
            // too.
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

    /// Resolves a dynamic anchor: the outermost resource in scope that has it.
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
    /// Whether to record another finding.
    var isCollecting: Bool { findings.count < wanted && surrender == nil }

    mutating func note(_ kind: Finding.Kind, _ node: JSONNode, _ block: Int32, detail: Int = 0) {
        guard isCollecting else { return }
        findings.append(Finding(kind: kind, node: node.index, block: block, detail: detail))
    }

    /// Runs a block without recording findings.
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
