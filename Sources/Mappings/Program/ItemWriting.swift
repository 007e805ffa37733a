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
    private var faults: [Int: [ItemFault]] = [:]
    private var skipped = 0
    private var place: [Int32] = []
    /// Slot of each cell of a line, and the columns' names.
    private var cellSlots: [Int]
    private var columns: [String]
    /// Set by a line that names the columns in another order.
    private var order: Fault?
    private let window: ItemWindow

    /// The shape must have a program.
    init(run: Run, shape: MessageShape, key: [String], document: JSONDocument, window: ItemWindow = ItemWindow()) {
        guard let program = shape.program else { preconditionFailure("a shape without a program writes no items") }
        self.run = run
        self.shape = shape
        self.program = program
        self.key = key
        self.document = document
        run.reserveSlots(program.slotCount)
        slots = run.slots
        self.window = window
        cellSlots = shape.csv?.slots ?? []
        columns = shape.csv?.columns ?? []
        run.ordinal = window.firstElement - 1
        body.reserveCapacity(document.byteCount + document.byteCount / 4 + 64)
    }

    consuming func finish() -> (body: [UInt8], items: ForeignItems) {
        body.append(contentsOf: "]}".utf8)
        return (
            body,
            ForeignItems(
                document: document, shape: shape, nodes: nodes, positions: positions, ordinals: ordinals,
                lengths: lengths,
                faults: faults,
                skipped: window.skipped + skipped, window: window)
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
            guard let csv = shape.csv, csv.splitsLines else {
                write(node, Value(node))
                return nil
            }
            return visitLines(csv, node)
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
            var position: Int32 = place.isEmpty ? Int32(clamping: window.firstElement) : 0
            for element in node.elements {
                visit(element: element, at: position, rest)
                position += 1
            }
            return nil
        // What converts XML writes a list of one as its element.
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

    private mutating func visitLines(_ csv: CSVColumns, _ node: JSONNode) -> ItemFault? {
        guard node.isString else { return unreached([], Value(node), expected: "a text of lines") }
        var lines: [(number: Int, line: Bytes)] = []
        csv.line.forEachLine(of: node.utf8) { lines.append(($0, $1)) }
        order = nil
        if let first = lines.first, let separator = csv.line.stated(in: first.line) {
            guard separator == csv.line.separator else {
                let fault = Fault(
                    "csv", expected: "lines separated by '\(Character(UnicodeScalar(csv.line.separator)))'",
                    found: Value.text(first.line),
                    remedy: "send them so, or write this separator under 'csv:' in the mapping")
                return lineFault(fault)
            }
            lines.removeFirst()
        }
        if csv.hasHeader, let header = lines.first {
            if let fault = readHeader(csv, header.line) { return lineFault(fault) }
            lines.removeFirst()
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

    /// A fault of a whole text of lines.
    private func lineFault(_ fault: Fault) -> ItemFault {
        var own = unreached([], .missing, expected: "")
        own.fault = fault
        return own
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
        for field in program.fields {
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

    private mutating func settle(_ error: Fault, of field: FieldProgram, _ own: inout [ItemFault]) {
        switch error.isDuplicate ? .reject : field.policy {
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
        if let csv = shape.csv { return fillSlots(csv, item) }
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

    private mutating func fillSlots(_ csv: CSVColumns, _ item: Value) -> ItemFault? {
        slots.update(repeating: .missing, count: program.slotCount)
        do throws(Fault) {
            let cells = try cells(csv, item)
            for (slot, cell) in zip(cellSlots, cells) where slot >= 0 { slots[slot] = .text(cell) }
            return nil
        } catch {
            return fault(nil, Path(base: .item, steps: []), error)
        }
    }

    private mutating func cells(_ csv: CSVColumns, _ item: Value) throws(Fault) -> [Bytes] {
        let remedy = "write \(columns.count) cells: \(columns.joined(separator: ", "))"
        guard case .text(var line) = item else {
            throw Fault("csv", expected: "a line of text", found: item, remedy: remedy)
        }
        line = Bytes(rebasing: line[CSVLine.markLength(line)...])
        guard let cells = csv.line.cells(of: line, run.scratch) else {
            throw Fault("csv", expected: "cells with closed quotes", found: item, remedy: "close the quote")
        }
        guard cells.count == columns.count else {
            throw Fault(
                "csv", expected: "\(columns.count) cells", found: "\(cells.count) in \(item.described)",
                remedy: remedy)
        }
        if !csv.hasHeader, columns.count > 1 { try checkOrder(cells, of: item) }
        return cells
    }

    /// Refuses a line that names the columns in another order than the mapping, and those after it: their cells would be
    /// exchanged.
    private mutating func checkOrder(_ cells: [Bytes], of item: Value) throws(Fault) {
        if let order { throw order }
        let first = Trim.trimmed(cells[0])
        guard columns.contains(where: { first.elementsEqual($0.utf8) }) else { return }
        let names = cells.map { Trim.trimmed($0).string }
        guard names != columns, Set(names) == Set(columns) else { return }
        let fault = Fault(
            "csv", expected: "the columns in the order \(columns.joined(separator: ", "))",
            found: names.joined(separator: ", "),
            remedy: "send them so, or write 'header: true' in place of 'columns:' in the mapping")
        order = fault
        throw fault
    }

    /// Takes the order of the cells from the line that names them.
    private mutating func readHeader(_ csv: CSVColumns, _ line: Bytes) -> Fault? {
        guard let cells = csv.line.cells(of: line, run.scratch) else {
            return Fault(
                "csv", expected: "cells with closed quotes", found: Value.text(line), remedy: "close the quote")
        }
        columns = cells.map { Trim.trimmed($0).string }
        cellSlots = columns.map { name in
            var name = name
            return name.withUTF8 { program.names.find($0) } ?? -1
        }
        for name in csv.columns {
            let count = columns.count { $0 == name }
            guard count != 1 else { continue }
            let hint = Spelling.nearest(to: name, in: columns).map { "; did you mean '\($0)'?" } ?? ""
            return Fault(
                "csv", expected: "one column '\(name)' in the first line",
                found: count == 0 ? columns.prefix(20).joined(separator: ", ") : "\(count) of them",
                remedy: count == 0 ? "name it there\(hint)" : "give the others other names")
        }
        return nil
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
