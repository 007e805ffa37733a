/// One line of separated values, quoted as RFC 4180 has it.
struct CSVLine: Sendable {
    let separator: UInt8
    let quote: UInt8

    /// The lines of a text, with their numbers from 0; blank ones are left out. A line goes on inside of a cell in quotes, as
    /// RFC 4180 has it, but not for a quote that is never closed: such a line must not take all that follow with it.
    func forEachLine(of text: Bytes, _ body: (_ number: Int, _ line: Bytes) -> Void) {
        var (start, number) = (0, 0)
        while start < text.count {
            let end = lineEnd(in: text, from: start)
            var line = text[start..<end]
            if line.last == 13 { line.removeLast() }
            if !line.allSatisfy({ $0 == 32 || $0 == 9 }) { body(number, Bytes(rebasing: line)) }
            (start, number) = (end + 1, number + 1)
        }
    }

    private func lineEnd(in text: Bytes, from start: Int) -> Int {
        var at = start
        var isCellStart = true
        var firstEnd: Int?
        while at < text.count {
            let byte = text[at]
            if byte == 10 { return at }
            if byte == quote, isCellStart {
                // To the quote that closes the cell.
                at += 1
                while at < text.count {
                    if text[at] == 10 { firstEnd = firstEnd ?? at }
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

    /// The cells, pointing into the line or, where a quote is doubled, into the scratch. Nil where a quote is not closed.
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
