internal import Yams

/// A value of a YAML text with the bytes it is written in.
struct YAMLPlace {
    let node: Node
    /// The first byte, of an anchor or a tag if there is one.
    let start: Int
    /// The first byte after anchor and tag.
    var content: Int
    /// Behind the last byte; the start where nothing is written.
    var end: Int
    /// Column of the block collection around it, from 0; -1 at the root.
    let indent: Int
    /// Written as `*name`: the value stands elsewhere.
    var isAlias = false
    /// Written in brackets, or within some.
    var isFlow = false
    var pairs: [Pair] = []
    var elements: [Element] = []

    struct Pair {
        let name: String
        /// The first byte of the key, or of the question mark before it.
        let start: Int
        let value: YAMLPlace
    }

    struct Element {
        /// The dash; in brackets the element itself.
        let start: Int
        let value: YAMLPlace
    }

    /// The text is written in a way that is not followed here.
    struct Unplaced: Error {
        let offset: Int
    }

    /// The places of all values of a text, of which `root` is the parsed root. Throws where what is read differs from
    /// what was parsed.
    static func find(_ root: Node, in text: YAMLBytes) throws(Unplaced) -> YAMLPlace {
        guard let mark = root.mark else { throw Unplaced(offset: 0) }
        var walker = YAMLWalker(text: text, cursor: text.offset(mark))
        return try walker.value(root, indent: -1, isFlow: false)
    }
}

/// The bytes of a YAML text by line, with the line ends of YAML.
struct YAMLBytes {
    let bytes: [UInt8]
    /// Offset of each line's first byte.
    private let lines: [Int]
    /// The line end used by the first line.
    let lineEnd: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines = [0]
        var at = 0
        while at < bytes.count {
            let width = Self.breakWidth(bytes, at)
            at += max(width, 1)
            if width > 0 { lines.append(at) }
        }
        self.lines = lines
        let first = bytes.firstIndex { $0 == 10 || $0 == 13 } ?? 0
        let isReturn = !bytes.isEmpty && bytes[first] == 13
        lineEnd = !isReturn ? "\n" : bytes[first...].starts(with: [13, 10]) ? "\r\n" : "\r"
    }

    /// Number of bytes of the line end at this offset; 0 if there is none. YAML also takes NEL, LS and PS for line ends.
    static func breakWidth(_ bytes: [UInt8], _ at: Int) -> Int {
        guard at < bytes.count else { return 0 }
        switch bytes[at] {
        case 10: return 1
        case 13: return at + 1 < bytes.count && bytes[at + 1] == 10 ? 2 : 1
        case 0xC2: return at + 1 < bytes.count && bytes[at + 1] == 0x85 ? 2 : 0
        case 0xE2:
            return at + 2 < bytes.count && bytes[at + 1] == 0x80 && (bytes[at + 2] == 0xA8 || bytes[at + 2] == 0xA9)
                ? 3 : 0
        default: return 0
        }
    }

    /// Marks count lines and Unicode scalars from 1.
    func offset(_ mark: Mark) -> Int {
        guard lines.indices.contains(mark.line - 1) else { return bytes.count }
        var at = lines[mark.line - 1]
        for _ in 1..<max(mark.column, 1) where at < bytes.count {
            at += 1
            while at < bytes.count, bytes[at] & 0xC0 == 0x80 { at += 1 }
        }
        return at
    }

    /// Index of the line that the byte is in.
    private func line(of offset: Int) -> Int {
        var (low, high) = (0, lines.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if lines[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    func lineStart(of offset: Int) -> Int { lines[line(of: offset)] }

    /// The line's end, before its line break.
    func lineEnd(of offset: Int) -> Int {
        let next = line(of: offset) + 1
        guard next < lines.count else { return bytes.count }
        var at = offset
        while at < lines[next], Self.breakWidth(bytes, at) == 0 { at += 1 }
        return at
    }

    /// Column of a byte in Unicode scalars, from 0.
    func column(of offset: Int) -> Int {
        bytes[lineStart(of: offset)..<offset].count { $0 & 0xC0 != 0x80 }
    }

    /// Whether only spaces stand before it on its line.
    func beginsLine(_ offset: Int) -> Bool {
        bytes[lineStart(of: offset)..<offset].allSatisfy { $0 == UInt8(ascii: " ") }
    }
}
