/// Splits a line of separated values, with quotes as in RFC 4180.
struct CSVLine: Sendable {
    let separator: UInt8
    let quote: UInt8

    /// Calls `body` for each record of a text with the number of its first line, from 0; skips blank lines and a byte order
    /// mark. Lines end with LF, CR LF or CR alone. A quoted cell may span lines, as in RFC 4180, unless its quote is never
    /// closed: such a line must not swallow the rest. A first line `sep=;`, as spreadsheets write it, is not a record:
    /// returns its separator.
    @discardableResult
    func forEachLine(of text: Bytes, _ body: (_ number: Int, _ line: Bytes) -> Void) -> UInt8? {
        var (start, number) = (Self.markLength(text), 0)
        var stated: UInt8?
        var isFirst = true
        while start < text.count {
            let end = lineEnd(in: text, from: start)
            let line = text[start..<end]
            if !line.allSatisfy({ $0 == 32 || $0 == 9 }) {
                let own = Bytes(rebasing: line)
                if isFirst, let separator = Self.stated(in: own) { stated = separator } else { body(number, own) }
                isFirst = false
            }
            let isPair = end + 1 < text.count && text[end] == 13 && text[end + 1] == 10
            let ends = line.indices.count {
                Self.isEnd(text[$0]) && !(text[$0] == 10 && $0 > start && text[$0 - 1] == 13)
            }
            (start, number) = (end + (isPair ? 2 : 1), number + 1 + ends)
        }
        return stated
    }

    /// Length of the byte order mark that the text begins with: 3 or 0.
    static func markLength(_ text: Bytes) -> Int { text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

    /// The separator that a line states, in letters of any case; nil for other lines.
    private static func stated(in line: Bytes) -> UInt8? {
        guard line.count == 5, line[3] == UInt8(ascii: "="),
            zip(line, "sep".utf8).allSatisfy({ $0 | 0x20 == $1 })
        else { return nil }
        return line[4]
    }

    private static func isEnd(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }

    private func lineEnd(in text: Bytes, from start: Int) -> Int {
        var at = start
        var isCellStart = true
        var firstEnd: Int?
        while at < text.count {
            let byte = text[at]
            if Self.isEnd(byte) { return at }
            if byte == quote, isCellStart {
                // Skip to the closing quote.
                at += 1
                while at < text.count {
                    if Self.isEnd(text[at]) { firstEnd = firstEnd ?? at }
                    if text[at] == quote {
                        guard at + 1 < text.count, text[at + 1] == quote else { break }
                        at += 1
                    }
                    at += 1
                }
                if at >= text.count { return firstEnd ?? text.count }
                firstEnd = nil
            }
            isCellStart = byte == separator
            at += 1
        }
        return text.count
    }

    /// The cells, pointing into the line or, with escaped quotes, into the scratch. Nil if a quote is not closed.
    func cells(of line: Bytes, _ scratch: Scratch) -> [Bytes]? {
        var cells: [Bytes] = []
        var at = 0
        while true {
            if at < line.count, line[at] == quote {
                guard let (cell, end) = quoted(line, from: at + 1, scratch) else { return nil }
                cells.append(cell)
                at = end
            } else {
                let start = at
                while at < line.count, line[at] != separator { at += 1 }
                cells.append(Bytes(rebasing: line[start..<at]))
            }
            guard at < line.count else { return cells }
            guard line[at] == separator else { return nil }
            at += 1
        }
    }

    private func quoted(_ line: Bytes, from start: Int, _ scratch: Scratch) -> (Bytes, Int)? {
        var at = start
        var hasDoubled = false
        while at < line.count {
            if line[at] == quote {
                guard at + 1 < line.count, line[at + 1] == quote else {
                    let raw = line[start..<at]
                    guard hasDoubled else { return (Bytes(rebasing: raw), at + 1) }
                    var cell: [UInt8] = []
                    var skips = false
                    for byte in raw {
                        if byte == quote, !skips {
                            skips = true
                            continue
                        }
                        skips = false
                        cell.append(byte)
                    }
                    return (scratch.copy(cell), at + 1)
                }
                hasDoubled = true
                at += 2
            } else {
                at += 1
            }
        }
        return nil
    }
}
