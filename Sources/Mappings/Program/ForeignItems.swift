package import Documents

/// Where some items of a message that is read a few at a time are in it.
package struct ItemWindow: Sendable {
    /// Number of the first element of the window in its array.
    package var firstElement = 0
    /// Items that were made of elements before it.
    package var firstItem = 0
    /// Items before it that the filter left out.
    package var skipped = 0

    package init() {}
}

/// The items of a message in a foreign shape: where each came from, and what kept some from being mapped. Made once, and
/// then only read: reasons and dead letters speak of the message as it came.
package final class ForeignItems: Sendable {
    package let document: JSONDocument
    let shape: MessageShape
    /// Of the case of the route that took the message.
    package var shapeName: String { shape.name }
    // By a mapped item's number in the message, less that of the window's first.
    /// For each mapped item the node it was made from.
    let nodes: [Int32]
    /// For each mapped item, the position in every array on the way to it, end to end.
    let positions: [Int32]
    /// For each mapped item its number among all that the message has at its path.
    let ordinals: [Int32]
    /// For each mapped item that is a line of a text, its bytes; else empty.
    let lengths: [Int32]
    /// What keeps items from being mapped, by their index; empty for nearly all.
    package let faults: [Int: [ItemFault]]
    /// Items that the filter left out.
    package let skipped: Int
    /// Where in the message these items are.
    private let window: ItemWindow

    init(
        document: JSONDocument, shape: MessageShape, nodes: [Int32], positions: [Int32], ordinals: [Int32],
        lengths: [Int32] = [],
        faults: [Int: [ItemFault]], skipped: Int, window: ItemWindow = ItemWindow()
    ) {
        self.window = window
        self.document = document
        self.shape = shape
        self.nodes = nodes
        self.positions = positions
        self.ordinals = ordinals
        self.lengths = lengths
        self.faults = faults
        self.skipped = skipped
    }

    /// The item's number in the message as it came, from 0.
    package func ordinal(ofItem index: Int) -> Int {
        ordinals.isEmpty ? index : Int(ordinals[index - window.firstItem])
    }

    /// Bytes of the item in the message as it came.
    package func byteCount(ofItem index: Int) -> Int {
        if !lengths.isEmpty { return Int(lengths[index - window.firstItem]) }
        return nodes.isEmpty ? 0 : document.withNode(Int(nodes[index - window.firstItem])) { $0.rawText.count }
    }

    /// The item's place in the message as it came.
    package func pointer(ofItem index: Int) -> JSONPointer {
        Self.pointer(shape, positions: positions(ofItem: index))
    }

    /// The item's line, from 1, where items are the lines of a text.
    package func line(ofItem index: Int) -> Int? {
        shape.splitsLines ? positions(ofItem: index).last.map { Int($0) + 1 } : nil
    }

    private func positions(ofItem index: Int) -> ArraySlice<Int32> {
        let depth = shape.depth
        if positions.isEmpty { return depth == 0 ? [] : [Int32(index)] }
        let own = index - window.firstItem
        return positions[(own * depth)..<((own + 1) * depth)]
    }

    static func pointer(_ shape: MessageShape, positions: ArraySlice<Int32>) -> JSONPointer {
        var rest = positions
        return JSONPointer(
            shape.items.steps.map { step in
                switch step {
                case .name(let name): name.description
                case .index(let index): String(index)
                case .all: String(rest.popFirst() ?? 0)
                }
            })
    }

    /// A place in the mapped item as a place in the message as it came: that of the value which the field is made from,
    /// as far as one can be told.
    package func pointer(ofItem index: Int, mapped: [String]) -> JSONPointer {
        let own = pointer(ofItem: index)
        guard let field = mapped.first else { return own }
        guard let program = shape.program else { return JSONPointer(own.tokens + mapped) }
        let origin =
            field == "operation" ? program.operation.origin : program.fields.first { $0.name == field }?.value.origin
        guard let origin else {
            return program.keepsOthers && !program.fields.contains { $0.name == field }
                ? JSONPointer(own.tokens + mapped) : own
        }
        let base = Self.pointer(of: origin, shape, positions: positions(ofItem: index))
        return JSONPointer(base.tokens + mapped.dropFirst())
    }

    /// The names of the fields that the mapping gives a record.
    package var fieldNames: [String] { shape.fieldNames }

    /// Where the value of a field comes from, where that is one place.
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

    /// The place that a path leads to from this item.
    static func pointer(of path: Path, _ shape: MessageShape, positions: ArraySlice<Int32>) -> JSONPointer {
        switch path.base {
        case .root: return JSONPointer(path.tokens)
        case .item:
            let item = pointer(shape, positions: positions)
            return shape.csv == nil ? JSONPointer(item.tokens + path.tokens) : item
        case .parent(let level):
            // The element that the level-th `[*]` before the last one gave; beyond the first, the message.
            let stars = shape.items.steps.indices.filter { shape.items.steps[$0] == .all }
            let number = stars.count - (shape.splitsLines ? 0 : 1) - level
            guard number >= 0 else { return JSONPointer(path.tokens) }
            let whole = pointer(shape, positions: positions).tokens
            return JSONPointer(whole.prefix(stars[number] + 1) + path.tokens)
        }
    }

    // MARK: The envelope with some of its items

    /// The message as it came, with only these items (by index, ascending): what can be mended and sent again.
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
            }
            out.append(UInt8(ascii: "]"))
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
    /// A text with only the lines that are kept.
    private func copyLines(
        _ csv: CSVColumns, _ node: JSONNode, at positions: [Int32], kept: inout ArraySlice<[Int32]>,
        to out: inout [UInt8]
    ) {
        var lines: [String] = []
        csv.line.forEachLine(of: node.utf8) { number, line in
            guard kept.first == positions + [Int32(clamping: number)] else { return }
            kept.removeFirst()
            lines.append(line.string)
        }
        JSONText.append(string: lines.joined(separator: "\n"), to: &out)
    }
}

/// What keeps one item from being mapped.
package struct ItemFault: Sendable {
    package enum Kind: Sendable, Equatable { case mapping, operation, duplicateName }

    package var kind: Kind
    /// The field of the record that it is about; nil for the item as a whole.
    package var field: String?
    /// The place in the message as it came.
    package var pointer: JSONPointer
    /// The line, from 1, where the item is one of a text.
    package var line: Int?
    package var fault: Fault
}
