/// One line of separated values, quoted as RFC 4180 has it.
struct CSVLine: Sendable {
    let separator: UInt8
    let quote: UInt8

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
