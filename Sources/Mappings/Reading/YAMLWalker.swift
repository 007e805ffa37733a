internal import Yams

/// Walks a YAML text along its parsed nodes, to find where each of them ends.
struct YAMLWalker {
    let text: YAMLBytes
    var cursor: Int

    private var bytes: [UInt8] { text.bytes }
    private var byte: UInt8? { cursor < text.bytes.count ? text.bytes[cursor] : nil }

    /// `indent`: column of the block collection around it.
    mutating func value(_ node: Node, indent: Int, isFlow: Bool) throws(YAMLPlace.Unplaced) -> YAMLPlace {
        let before = cursor
        let mark = node.mark.map { text.offset($0) } ?? before
        skipSpace()
        if byte == UInt8(ascii: "*"), mark != cursor { return alias(node, indent: indent, isFlow: isFlow) }
        let isEmpty = node.scalar.map { $0.string.isEmpty && $0.style == .plain } ?? false
        guard !isEmpty || mark == cursor && hasProperty else {
            // Nothing is written.
            guard isEmpty else { throw YAMLPlace.Unplaced(offset: cursor) }
            cursor = before
            return YAMLPlace(node: node, start: before, content: before, end: before, indent: indent, isFlow: isFlow)
        }
        guard isEmpty || mark == cursor else { throw YAMLPlace.Unplaced(offset: cursor) }
        var place = YAMLPlace(
            node: node, start: cursor, content: cursor, end: cursor, indent: indent, isFlow: isFlow)
        // What stands before the first key of a block is the key's.
        let isKeys = node.mapping?.first?.key.mark.map { text.offset($0) == mark } ?? false
        while hasProperty, !isKeys {
            skipWord(isFlow: isFlow)
            place.content = cursor
            if !isEmpty { skipSpace() }
        }
        if !isEmpty { place.content = cursor }
        switch node {
        case .scalar(let scalar): if !isEmpty { try skip(scalar, indent: indent) }
        case .mapping(let mapping): try walk(mapping, &place)
        case .sequence(let sequence): try walk(sequence, &place)
        case .alias: throw YAMLPlace.Unplaced(offset: cursor)
        }
        place.end = cursor
        return place
    }

    /// At an anchor or a tag.
    private var hasProperty: Bool { byte == UInt8(ascii: "&") || byte == UInt8(ascii: "!") }

    private mutating func alias(_ node: Node, indent: Int, isFlow: Bool) -> YAMLPlace {
        let start = cursor
        skipWord(isFlow: isFlow)
        return YAMLPlace(
            node: node, start: start, content: start, end: cursor, indent: indent, isAlias: true, isFlow: isFlow)
    }

    // MARK: Collections

    private mutating func walk(_ mapping: Node.Mapping, _ place: inout YAMLPlace) throws(YAMLPlace.Unplaced) {
        // A pair without braces may be an element of a list in brackets.
        let hasBraces = byte == UInt8(ascii: "{")
        place.isFlow = place.isFlow || hasBraces
        let column = place.isFlow ? place.indent : text.column(of: cursor)
        if hasBraces { cursor += 1 }
        for (key, value) in mapping {
            skipSeparator(isFlow: hasBraces)
            let start = cursor
            if byte == UInt8(ascii: "?"), isSpace(at: cursor + 1) { cursor += 1 }
            _ = try self.value(key, indent: column, isFlow: place.isFlow)
            let keyEnd = cursor
            skipSpace()
            if byte == UInt8(ascii: ":") { cursor += 1 } else { cursor = keyEnd }
            let own = try self.value(value, indent: column, isFlow: place.isFlow)
            place.pairs.append(.init(name: key.scalar?.string ?? "", start: start, value: own))
        }
        if hasBraces { try close(UInt8(ascii: "}")) }
    }

    private mutating func walk(_ sequence: Node.Sequence, _ place: inout YAMLPlace) throws(YAMLPlace.Unplaced) {
        place.isFlow = place.isFlow || byte == UInt8(ascii: "[")
        let column = place.isFlow ? place.indent : text.column(of: cursor)
        if place.isFlow { cursor += 1 }
        for element in sequence {
            skipSeparator(isFlow: place.isFlow)
            let start = cursor
            if !place.isFlow {
                guard byte == UInt8(ascii: "-") else { throw YAMLPlace.Unplaced(offset: cursor) }
                cursor += 1
            }
            let own = try value(element, indent: column, isFlow: place.isFlow)
            place.elements.append(.init(start: place.isFlow ? own.start : start, value: own))
        }
        if place.isFlow { try close(UInt8(ascii: "]")) }
    }

    private mutating func skipSeparator(isFlow: Bool) {
        skipSpace()
        guard isFlow, byte == UInt8(ascii: ",") else { return }
        cursor += 1
        skipSpace()
    }

    private mutating func close(_ bracket: UInt8) throws(YAMLPlace.Unplaced) {
        skipSeparator(isFlow: true)
        guard byte == bracket else { throw YAMLPlace.Unplaced(offset: cursor) }
        cursor += 1
    }

    // MARK: Scalars

    private mutating func skip(_ scalar: Node.Scalar, indent: Int) throws(YAMLPlace.Unplaced) {
        switch scalar.style {
        case .doubleQuoted: try skipQuoted(UInt8(ascii: "\""))
        case .singleQuoted: try skipQuoted(UInt8(ascii: "'"))
        case .literal, .folded: skipBlock(indent: indent)
        case .plain, .any: try skipPlain(scalar.string)
        }
    }

    private mutating func skipQuoted(_ quote: UInt8) throws(YAMLPlace.Unplaced) {
        guard byte == quote else { throw YAMLPlace.Unplaced(offset: cursor) }
        cursor += 1
        while let next = byte {
            cursor += 1
            if next == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                cursor += 1
            } else if next == quote {
                guard quote == UInt8(ascii: "'"), byte == quote else { return }
                cursor += 1
            }
        }
        throw YAMLPlace.Unplaced(offset: cursor)
    }

    /// The words of a plain text are written as they are; only the space between them may differ.
    private mutating func skipPlain(_ string: String) throws(YAMLPlace.Unplaced) {
        for expected in string.utf8 where expected != 0x20 && expected != 0x0A && expected != 0x09 {
            while let next = byte, next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D { cursor += 1 }
            guard byte == expected else { throw YAMLPlace.Unplaced(offset: cursor) }
            cursor += 1
        }
    }

    /// A text after `|` or `>`: all further lines that are empty or indented.
    private mutating func skipBlock(indent: Int) {
        let header = text.lineEnd(of: cursor)
        let digit = bytes[cursor..<header].prefix { $0 != 0x20 && $0 != 0x09 }.first { (0x31...0x39).contains($0) }
        var own = digit.map { max(indent, 0) + Int($0) - 0x30 }
        cursor = header
        var line = header
        while line < bytes.count {
            let start = line + YAMLBytes.breakWidth(bytes, line)
            let spaces = bytes[start...].prefix { $0 == 0x20 }.count
            let end = start < bytes.count ? text.lineEnd(of: start) : start
            if start + spaces < end {
                if own == nil, spaces > indent { own = spaces }
                guard let own, spaces >= own else { return }
                cursor = end
            }
            guard end > line else { return }
            line = end
        }
    }

    // MARK: Between values

    private func isSpace(at offset: Int) -> Bool {
        guard offset < bytes.count else { return true }
        return bytes[offset] == 0x20 || bytes[offset] == 0x09 || YAMLBytes.breakWidth(bytes, offset) > 0
    }

    /// Spaces, line ends, comments and a byte order mark.
    private mutating func skipSpace() {
        while let next = byte {
            if next == 0x20 || next == 0x09 {
                cursor += 1
            } else if next == UInt8(ascii: "#") {
                cursor = text.lineEnd(of: cursor)
            } else if next == 0xEF, bytes[cursor...].starts(with: [0xEF, 0xBB, 0xBF]) {
                cursor += 3
            } else {
                let width = YAMLBytes.breakWidth(bytes, cursor)
                guard width > 0 else { return }
                cursor += width
            }
        }
    }

    private mutating func skipWord(isFlow: Bool) {
        let flow = Array(",[]{}".utf8)
        while let next = byte, !isSpace(at: cursor), !(isFlow && flow.contains(next)) { cursor += 1 }
    }
}
