package import JSON

/// Position of a window of items in a message that is read in parts.
package struct ItemWindow: Sendable {
    /// Index of the window's first element in its array.
    package var firstElement = 0
    /// Number of items made from elements before the window.
    package var firstItem = 0
    /// Number of items before the window that the filter excluded.
    package var skipped = 0
    /// Set by a line before the window that names the columns where a record should be.
    package var columnOrder: Fault?

    package init() {}
}

/// Maps the items of a foreign message back to their origin: node, position and mapping failures. Immutable; reasons
/// and dead letters refer to the original message with it.
package final class ForeignItems: Sendable {
    package let document: JSONDocument
    let shape: MessageShape
    /// Name of the route case that matched the message.
    package var shapeName: String { shape.name }
    // Indexed by the mapped item's number, relative to the window's first.
    /// Source node of each mapped item.
    let nodes: [Int32]
    /// For each mapped item, its index in every array on the path, concatenated.
    let positions: [Int32]
    /// For each mapped item, its number among all items at the path.
    let ordinals: [Int32]
    /// For each mapped item that is a line of text, its length in bytes; else empty.
    let lengths: [Int32]
    /// For each mapped item with late fields, what they read of it as it came, as JSON; else empty.
    private let captured: [[UInt8]]
    /// Mapping failures by item index; usually empty.
    package let faults: [Int: [ItemFault]]
    /// Number of items the filter excluded.
    package let skipped: Int
    /// Set by a line that names the columns where a record should be.
    package let columnOrder: Fault?
    /// Position of these items in the message.
    private let window: ItemWindow

    init(
        document: JSONDocument, shape: MessageShape, nodes: [Int32], positions: [Int32], ordinals: [Int32],
        lengths: [Int32] = [], captured: [[UInt8]] = [],
        faults: [Int: [ItemFault]], skipped: Int, columnOrder: Fault? = nil, window: ItemWindow = ItemWindow()
    ) {
        self.columnOrder = columnOrder
        self.window = window
        self.document = document
        self.shape = shape
        self.nodes = nodes
        self.positions = positions
        self.ordinals = ordinals
        self.lengths = lengths
        self.captured = captured
        self.faults = faults
        self.skipped = skipped
    }

    /// What the item's late fields read of it as it came, as JSON.
    package func captured(ofItem index: Int) -> [UInt8] { captured[index - window.firstItem] }

    /// Bytes of all that is captured.
    package var capturedBytes: Int { captured.reduce(0) { $0 + $1.count } }

    /// The item's number in the original message, from 0.
    package func ordinal(ofItem index: Int) -> Int {
        ordinals.isEmpty ? index : Int(ordinals[index - window.firstItem])
    }

    /// Size of the item in the original message, in bytes.
    package func byteCount(ofItem index: Int) -> Int {
        if !lengths.isEmpty { return Int(lengths[index - window.firstItem]) }
        return nodes.isEmpty ? 0 : document.withNode(Int(nodes[index - window.firstItem])) { $0.rawText.count }
    }

    /// JSON Pointer of the item in the original message.
    package func pointer(ofItem index: Int) -> JSONPointer {
        Self.pointer(shape, positions: positions(ofItem: index))
    }

    /// Line number of the item, from 1, if items are lines of text.
    package func line(ofItem index: Int) -> Int? {
        shape.splitsLines ? positions(ofItem: index).last.flatMap { Self.line(at: $0) } : nil
    }

    static func line(at position: Int32) -> Int? { position == noPosition ? nil : Int(position) + 1 }

    private func positions(ofItem index: Int) -> ArraySlice<Int32> {
        let depth = shape.depth
        if positions.isEmpty { return depth == 0 ? [] : [Int32(index)] }
        let own = index - window.firstItem
        return positions[(own * depth)..<((own + 1) * depth)]
    }

    static func pointer(_ shape: MessageShape, positions: ArraySlice<Int32>) -> JSONPointer {
        pointer(of: shape.items.steps[...], positions: positions)
    }

    /// The location of the first steps of the items path. A single object in place of a list has no index.
    static func pointer(of steps: ArraySlice<Path.Step>, positions: ArraySlice<Int32>) -> JSONPointer {
        var rest = positions
        return JSONPointer(
            steps.compactMap { step in
                switch step {
                case .name(let name): return name.description
                case .index(let index): return String(index)
                case .all:
                    let position = rest.popFirst() ?? 0
                    return position == noPosition ? nil : String(position)
                }
            })
    }

    /// The position of a single object that stands in place of a list, and of an item that the path does not reach.
    static let noPosition: Int32 = -1

    /// Translates a location in the mapped item to one in the original message: that of the field's source value, if
    /// known.
    package func pointer(ofItem index: Int, mapped: [String]) -> JSONPointer {
        let own = pointer(ofItem: index)
        guard let field = mapped.first else { return own }
        guard let program = shape.program else { return JSONPointer(own.tokens + mapped) }
        let value = field == "operation" ? program.operation : program.fields.first { $0.name == field }?.value
        guard let value else { return program.keepsOthers ? JSONPointer(own.tokens + mapped) : own }
        guard let origin = value.origin(of: mapped.dropFirst()) else { return own }
        return Self.pointer(of: origin, shape, positions: positions(ofItem: index))
    }

    /// Names of the mapped fields.
    package var fieldNames: [String] { shape.fieldNames }

    /// Location of a field's source value, if it is a single one.
    package func source(ofField field: String, item index: Int) -> JSONPointer? {
        guard let program = shape.program else { return pointer(ofItem: index).appending(field) }
        if field == "operation" {
            return program.operation.origin.map { Self.pointer(of: $0, shape, positions: positions(ofItem: index)) }
        }
        if let own = program.fields.first(where: { $0.name == field }) {
            return own.value.origin.map { Self.pointer(of: $0, shape, positions: positions(ofItem: index)) }
        }
        return program.keepsOthers ? pointer(ofItem: index).appending(field) : nil
    }

    /// The location a path denotes for this item.
    static func pointer(of path: Path, _ shape: MessageShape, positions: ArraySlice<Int32>) -> JSONPointer {
        switch path.base {
        case .root: return JSONPointer(path.tokens)
        case .item:
            let item = pointer(shape, positions: positions)
            return shape.csv == nil ? JSONPointer(item.tokens + path.tokens) : item
        // Not of the message: what can be corrected is the item.
        case .stored: return pointer(shape, positions: positions)
        case .parent(let level):
            // The level-th element outwards that is not the item itself; beyond the first, the message.
            let stars = shape.items.steps.indices.filter { shape.items.steps[$0].isAll }
            let isItem = shape.items.steps.last?.isAll == true && !shape.splitsLines
            let number = stars.count - (isItem ? 1 : 0) - level
            guard number >= 0 else { return JSONPointer(path.tokens) }
            let around = pointer(of: shape.items.steps[...stars[number]], positions: positions)
            return JSONPointer(around.tokens + path.tokens)
        }
    }

    // MARK: The envelope with some of its items

    /// The original message with only these items (by ascending index), to be fixed and sent again.
    package func envelope(keeping items: [Int]) -> [UInt8] {
        var kept = items.map { Array(positions(ofItem: $0)) }[...]
        var out: [UInt8] = []
        document.withRoot { root in
            copy(root, shape.items.steps[...], at: [], kept: &kept, to: &out)
        }
        return out
    }

    private func copy(
        _ node: JSONNode, _ steps: ArraySlice<Path.Step>, at positions: [Int32],
        kept: inout ArraySlice<[Int32]>, to out: inout [UInt8]
    ) {
        // A single object all the way, or what the path does not reach.
        if let next = kept.first, next.count > positions.count, next.starts(with: positions),
            next.dropFirst(positions.count).allSatisfy({ $0 == Self.noPosition })
        {
            return out.append(contentsOf: node.rawText)
        }
        guard let step = steps.first else {
            if let csv = shape.csv, csv.splitsLines, node.isString {
                return copyLines(csv, node, at: positions, kept: &kept, to: &out)
            }
            if kept.first == positions { kept.removeFirst() }
            out.append(contentsOf: node.rawText)
            return
        }
        let rest = steps.dropFirst()
        switch (step, node.kind) {
        case (.all, .array):
            out.append(UInt8(ascii: "["))
            var isFirst = true
            let first = positions.isEmpty ? window.firstElement : 0
            for (position, element) in node.elements.enumerated() {
                let own = positions + [Int32(clamping: first + position)]
                guard let next = kept.first, next.starts(with: own) else { continue }
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                copy(element, rest, at: own, kept: &kept, to: &out)
                // What the path does not reach is copied whole.
                while kept.first?.starts(with: own) == true { kept.removeFirst() }
            }
            out.append(UInt8(ascii: "]"))
        case (.all, .object):
            let own = positions + [Self.noPosition]
            guard let next = kept.first, next.starts(with: own) else { return out.append(contentsOf: "[]".utf8) }
            copy(node, rest, at: own, kept: &kept, to: &out)
            while kept.first?.starts(with: own) == true { kept.removeFirst() }
        case (.name(let name), .object):
            out.append(UInt8(ascii: "{"))
            var isFirst = true
            var isFound = false
            for member in node.members {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                out.append(contentsOf: member.name.rawText)
                out.append(UInt8(ascii: ":"))
                if !isFound, name.bytes.elementsEqual(member.name.utf8) {
                    isFound = true
                    copy(member.value, rest, at: positions, kept: &kept, to: &out)
                } else {
                    out.append(contentsOf: member.value.rawText)
                }
            }
            out.append(UInt8(ascii: "}"))
        case (.index(let index), .array):
            out.append(UInt8(ascii: "["))
            let wanted = index < 0 ? node.count + index : index
            for (position, element) in node.elements.enumerated() {
                if position > 0 { out.append(UInt8(ascii: ",")) }
                if position == wanted {
                    copy(element, rest, at: positions, kept: &kept, to: &out)
                } else {
                    out.append(contentsOf: element.rawText)
                }
            }
            out.append(UInt8(ascii: "]"))
        default: out.append(contentsOf: node.rawText)
        }
    }
}

extension ForeignItems {
    /// A text reduced to the kept lines.
    private func copyLines(
        _ csv: CSVColumns, _ node: JSONNode, at positions: [Int32], kept: inout ArraySlice<[Int32]>,
        to out: inout [UInt8]
    ) {
        var lines: [String] = []
        var header: String?
        csv.line.forEachLine(of: node.utf8) { number, line in
            if csv.hasHeader, header == nil { header = line.string }
            guard kept.first == positions + [Int32(clamping: number)] else { return }
            kept.removeFirst()
            lines.append(line.string)
        }
        if !lines.isEmpty, let header { lines.insert(header, at: 0) }
        JSONText.append(string: lines.joined(separator: "\n"), to: &out)
    }
}

/// A mapping failure of one item.
package struct ItemFault: Sendable {
    package enum Kind: Sendable, Equatable { case mapping, operation, duplicateName }

    package var kind: Kind
    /// The record's field; nil if the whole item failed.
    package var field: String?
    /// Location in the original message.
    package var pointer: JSONPointer
    /// Line number, from 1, for items that are lines of text.
    package var line: Int?
    package var fault: Fault
}
