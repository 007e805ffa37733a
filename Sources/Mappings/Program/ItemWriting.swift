internal import JSON
internal import Schemas

/// Visits the items of one message and writes each as a catalog item.
struct ItemWriting {
    private let run: Run
    private let shape: MessageShape
    private let program: ItemProgram
    /// Names of the catalog's key fields.
    private let key: [String]
    private let document: JSONDocument
    private let slots: UnsafeMutablePointer<Value>
    private var body = Array(#"{"items":["#.utf8)
    private var nodes: [Int32] = []
    private var positions: [Int32] = []
    private var ordinals: [Int32] = []
    /// Lengths of items that are lines of text.
    private var lengths: [Int32] = []
    /// For each item, what its late fields read of it; empty if it has none.
    private var captured: [[UInt8]] = []
    private let isLate: Bool
    private var faults: [Int: [ItemFault]] = [:]
    private var skipped = 0
    private var place: [Int32] = []
    /// Nil if the items are not lines.
    private var cells: CSVCells?
    private let window: ItemWindow

    /// The shape must have a program.
    init(run: Run, shape: MessageShape, key: [String], document: JSONDocument, window: ItemWindow = ItemWindow()) {
        guard let program = shape.program else { preconditionFailure("a shape without a program writes no items") }
        self.run = run
        self.shape = shape
        self.program = program
        isLate = program.fields.contains(where: \.isLate)
        self.key = key
        self.document = document
        run.reserveSlots(program.slotCount)
        slots = run.slots
        self.window = window
        cells = shape.csv.map { CSVCells($0, names: program.names, order: window.columnOrder) }
        run.ordinal = window.firstElement - 1
        body.reserveCapacity(document.byteCount + document.byteCount / 4 + 64)
    }

    consuming func finish() -> (body: [UInt8], items: ForeignItems) {
        body.append(contentsOf: "]}".utf8)
        return (
            body,
            ForeignItems(
                document: document, shape: shape, nodes: nodes, positions: positions, ordinals: ordinals,
                lengths: lengths, captured: captured,
                faults: faults,
                skipped: window.skipped + skipped, columnOrder: cells?.order, window: window)
        )
    }

    /// Visits all items; returns a fault if the path does not lead to items. What fails inside of an element fails that
    /// element alone.
    mutating func visit(_ root: JSONNode) -> MessageMapper.EnvelopeFault? {
        run.parents = [root]
        guard let fault = visit(root, shape.items.steps[...]) else { return nil }
        return MessageMapper.EnvelopeFault(pointer: fault.pointer, part: "items", fault: fault.fault, isMapping: false)
    }

    private mutating func visit(_ node: JSONNode, _ steps: ArraySlice<Path.Step>) -> ItemFault? {
        guard let step = steps.first else {
            guard shape.splitsLines else {
                write(node, Value(node))
                return nil
            }
            return visitLines(node)
        }
        guard case .all(let isOptional) = step else {
            do throws(Fault) {
                if let next = try Path.follow(steps.prefix(1), from: node) { return visit(next, steps.dropFirst()) }
                return node.isObject && leadsToOptional(steps) ? nil : unreached(steps, .missing)
            } catch {
                var fault = unreached(steps, .missing)
                fault.fault = error
                fault.kind = .duplicateName
                return fault
            }
        }
        let rest = steps.dropFirst()
        switch node.kind {
        case .array:
            // Another list of lines; the message's own may be one that earlier windows began.
            if !place.isEmpty { cells?.begin() }
            var position: Int32 = place.isEmpty ? Int32(clamping: window.firstElement) : 0
            for element in node.elements {
                visit(element: element, at: position, rest)
                position += 1
            }
            return nil
        // XML converters write a list of one element as that element.
        case .object:
            visit(element: node, at: ForeignItems.noPosition, rest)
            return nil
        case .null where isOptional: return nil
        default: return unreached(steps, Value(node))
        }
    }

    private mutating func visit(element: JSONNode, at position: Int32, _ rest: ArraySlice<Path.Step>) {
        // Elements on the path enclose the items; the items themselves do not.
        let isOnTheWay = !rest.isEmpty || shape.splitsLines
        place.append(position)
        if isOnTheWay { run.parents.append(element) }
        if let fault = visit(element, rest) { add(fault, of: element) }
        if isOnTheWay { run.parents.removeLast() }
        place.removeLast()
    }

    /// Whether the next list on the path may be missing.
    private func leadsToOptional(_ steps: ArraySlice<Path.Step>) -> Bool {
        for case .all(let isOptional) in steps { return isOptional }
        return false
    }

    private mutating func visitLines(_ node: JSONNode) -> ItemFault? {
        guard node.isString else { return unreached([], Value(node), expected: "a text of lines") }
        let lines: [(number: Int, line: Bytes)]
        do throws(Fault) {
            lines = try cells?.lines(of: node.utf8, run.scratch) ?? []
        } catch {
            return ItemFault(
                kind: .mapping, field: nil, pointer: ForeignItems.pointer(shape, positions: place[...]), fault: error)
        }
        for (number, line) in lines {
            place.append(Int32(clamping: number))
            let before = nodes.count
            write(node, .text(line))
            if nodes.count > before { lengths.append(Int32(clamping: line.count)) }
            place.removeLast()
        }
        return nil
    }

    /// The path ends before it reaches an item.
    private func unreached(
        _ rest: ArraySlice<Path.Step>, _ found: Value, expected: String? = nil
    ) -> ItemFault {
        let isArray = rest.first?.isAll == true
        let walked =
            expected == nil ? shape.items.steps.prefix(rest.startIndex + (isArray ? 0 : 1)) : shape.items.steps[...]
        var fault = Fault(
            "items", expected: expected ?? (isArray ? "an array" : "a value"), found: found,
            remedy: "the items are read from \(shape.items.text)")
        if place.count > 0, found.isAbsent, expected == nil, case .all(isOptional: false)? = rest.first {
            fault.remedy += "; where it may be missing write [*]? in the mapping"
        }
        return ItemFault(
            kind: .mapping, field: nil, pointer: ForeignItems.pointer(of: walked, positions: place[...]), fault: fault)
    }

    /// Adds an element that the path ends in as an item of its own.
    private mutating func add(_ fault: ItemFault, of element: JSONNode) {
        run.ordinal += 1
        let index = nodes.count
        nodes.append(Int32(element.index))
        positions.append(contentsOf: place)
        for _ in place.count..<shape.depth { positions.append(ForeignItems.noPosition) }
        ordinals.append(Int32(run.ordinal))
        if shape.splitsLines { lengths.append(Int32(clamping: element.rawText.count)) }
        if isLate { captured.append([]) }
        if index > 0 { body.append(UInt8(ascii: ",")) }
        body.append(contentsOf: "null".utf8)
        faults[window.firstItem + index] = [fault]
    }

    // MARK: One item

    /// `item`: the node, or a line of its text.
    private mutating func write(_ node: JSONNode, _ item: Value) {
        run.ordinal += 1
        run.scratch.reset()
        run.item = item
        var own: [ItemFault] = []
        if node.height > Self.deepest {
            own.append(fault(nil, Path(base: .item, steps: []), Self.tooDeep(Value(node))))
        } else if document.hasDuplicateNames,
            let fault = duplicate(in: node, at: ForeignItems.pointer(shape, positions: place[...]))
        {
            own.append(fault)
        } else if let fault = fillSlots(node, item) {
            own.append(fault)
        } else {
            do throws(Fault) {
                if let filter = program.filter, !(try filter.holds(run)) {
                    skipped += 1
                    return
                }
            } catch {
                own.append(fault(nil, program.filter?.origin, error))
            }
        }
        let index = nodes.count
        nodes.append(Int32(node.index))
        positions.append(contentsOf: place)
        ordinals.append(Int32(run.ordinal))
        if index > 0 { body.append(UInt8(ascii: ",")) }
        let start = body.count
        if isLate { captured.append([]) }
        if own.isEmpty { writeFields(node, &own) }
        guard !own.isEmpty else { return }
        body.removeLast(body.count - start)
        body.append(contentsOf: "null".utf8)
        faults[window.firstItem + index] = own
    }

    private mutating func writeFields(_ node: JSONNode, _ own: inout [ItemFault]) {
        body.append(contentsOf: #"{"operation":"#.utf8)
        var isDelete = false
        do throws(Fault) {
            let operation = try program.operation.evaluate(run)
            guard case .text(let word) = operation, Self.isOperation(word) else {
                throw Fault(
                    "operation", expected: "I, U, D or IU", found: operation,
                    remedy: "send one of them, or give a table under 'operation:' in the mapping")
            }
            isDelete = word[0] == UInt8(ascii: "D")
            operation.append(to: &body)
        } catch {
            var fault = fault("operation", program.operation.origin, error)
            if error.step == "operation" { fault.kind = .operation }
            own.append(fault)
        }
        if isLate, !isDelete { capture(&own) }
        for field in program.fields where !field.isLate {
            let start = body.count
            do throws(Fault) {
                let value = try field.value.evaluate(run)
                if case .missing = value { continue }
                guard value.levels <= Self.deepest else { throw Self.tooDeep(value) }
                body.append(contentsOf: field.label)
                value.append(to: &body)
            } catch {
                body.removeLast(body.count - start)
                // A delete reads only the key.
                if isDelete, !key.contains(field.name) { continue }
                settle(error, of: field, &own)
            }
        }
        if program.keepsOthers { keepOthers(node) }
        body.append(UInt8(ascii: "}"))
    }

    /// Keeps what late fields read of the item: a list for each value, empty where there is none.
    private mutating func capture(_ own: inout [ItemFault]) {
        var text = [UInt8(ascii: "[")]
        for (number, value) in program.captures.enumerated() {
            if number > 0 { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "["))
            do throws(Fault) {
                let found = try value.evaluate(run)
                guard found.levels <= Self.deepest else { throw Self.tooDeep(found) }
                found.append(to: &text)
            } catch {
                own.append(fault(nil, value.origin, error))
            }
            text.append(UInt8(ascii: "]"))
        }
        text.append(UInt8(ascii: "]"))
        captured[captured.count - 1] = text
    }

    private mutating func settle(_ error: Fault, of field: FieldProgram, _ own: inout [ItemFault]) {
        switch error.isDuplicate || error.isOfStore ? .reject : field.policy {
        case .reject: own.append(fault(field.name, field.value.origin, error))
        case .drop: break
        case .null:
            body.append(contentsOf: field.label)
            body.append(contentsOf: "null".utf8)
        case .value(let other):
            do throws(Fault) {
                let value = try other.evaluate(run)
                if case .missing = value { return }
                guard value.levels <= Self.deepest else { throw Self.tooDeep(value) }
                body.append(contentsOf: field.label)
                value.append(to: &body)
            } catch {
                own.append(fault(field.name, field.value.origin, error))
            }
        }
    }

    /// Maximum nesting of a value, so that the written item can be parsed: the parser's limit is 1,000.
    private static let deepest = 900

    private static func tooDeep(_ value: Value) -> Fault {
        Fault(
            "items", expected: "a value of at most \(deepest) levels", found: "\(value.levels) levels",
            remedy: "send flatter data")
    }

    private mutating func keepOthers(_ node: JSONNode) {
        for member in node.members where program.dropped.find(member.name.utf8) == nil {
            body.append(UInt8(ascii: ","))
            body.append(contentsOf: member.name.rawText)
            body.append(UInt8(ascii: ":"))
            body.append(contentsOf: member.value.rawText)
        }
    }

    private static func isOperation(_ word: Bytes) -> Bool {
        switch word.count {
        case 1: word[0] == UInt8(ascii: "I") || word[0] == UInt8(ascii: "U") || word[0] == UInt8(ascii: "D")
        case 2: word[0] == UInt8(ascii: "I") && word[1] == UInt8(ascii: "U")
        default: false
        }
    }

    // MARK: Finding what is asked for

    private mutating func fillSlots(_ node: JSONNode, _ item: Value) -> ItemFault? {
        if shape.csv != nil { return fillSlots(fromLine: item) }
        guard program.slotCount > 0 else { return nil }
        guard node.isObject else {
            return fault(
                nil, Path(base: .item, steps: []),
                Fault(
                    "items", expected: "an object", found: Value(node),
                    remedy: "send each item as an object; for lines of text say 'csv:' in the mapping"))
        }
        slots.update(repeating: .missing, count: program.slotCount)
        for member in node.members {
            if let slot = program.names.find(member.name.utf8) { slots[slot] = Value(member.value) }
        }
        return nil
    }

    private mutating func fillSlots(fromLine item: Value) -> ItemFault? {
        slots.update(repeating: .missing, count: program.slotCount)
        do throws(Fault) {
            try cells?.fill(slots, from: item, run)
            return nil
        } catch {
            return fault(nil, Path(base: .item, steps: []), error)
        }
    }

    private func fault(_ field: String?, _ origin: Path?, _ error: Fault) -> ItemFault {
        let pointer =
            (error.origin ?? origin).map { ForeignItems.pointer(of: $0, shape, positions: place[...]) }
            ?? ForeignItems.pointer(shape, positions: place[...])
        return ItemFault(
            kind: error.isDuplicate ? .duplicateName : .mapping, field: field, pointer: pointer,
            line: shape.splitsLines ? place.last.flatMap { ForeignItems.line(at: $0) } : nil, fault: error)
    }

    /// The first repeated name in the item. Repeated names are ambiguous.
    private func duplicate(in node: JSONNode, at pointer: JSONPointer) -> ItemFault? {
        if node.hasDuplicateNames {
            var seen: Set<ByteString> = []
            for member in node.members where !seen.insert(ByteString(copying: member.name.utf8)).inserted {
                let name = member.name.string ?? ""
                return ItemFault(
                    kind: .duplicateName, field: nil, pointer: pointer.appending(name),
                    fault: Fault(
                        "items", expected: "one member of that name", found: "two or more",
                        remedy: "keep the one that is meant"))
            }
        }
        for (position, element) in node.elements.enumerated() where element.height > 0 {
            if let fault = duplicate(in: element, at: pointer.appending(position)) { return fault }
        }
        for member in node.members where member.value.height > 0 {
            if let fault = duplicate(in: member.value, at: pointer.appending(member.name.string ?? "")) { return fault }
        }
        return nil
    }
}
