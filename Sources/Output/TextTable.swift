/// Rows in columns as wide as they need to be, within a width.
package enum TextTable {
    private static let gap = 2
    /// No column becomes narrower because of others.
    private static let narrowest = 8

    /// Text from outside is made visible. Cells that do not fit are continued below, broken at spaces where there are some. `width`: in characters; the first
    /// column, by which rows are named, is narrowed last.
    package static func render(header: [String], rows: [[String]], width: Int = Terminal.width) -> String {
        let all = ([header] + rows).map { row in row.map { Terminal.visible($0) } }
        let widths = fit(
            header.indices.map { column in all.map { $0[column].count }.max() ?? 0 },
            words: header.indices.map { column in all.map { longestWord($0[column]) }.max() ?? 0 }, in: width)
        func lines(_ row: [String]) -> [String] {
            let cells = zip(row, widths).map { wrap($0, $1) }
            return (0..<(cells.map(\.count).max() ?? 1)).map { index in
                var text = ""
                for (column, cell) in cells.enumerated() {
                    let part = index < cell.count ? cell[index] : ""
                    let isLast = column == cells.count - 1
                    let space = max(0, widths[column] - part.count) + gap
                    text += isLast ? part : part + String(repeating: " ", count: space)
                }
                return trimmed(text)
            }
        }
        var rule = widths.map { String(repeating: "-", count: $0) }
        // The last column may hold whole sentences.
        rule[rule.count - 1] = String(repeating: "-", count: min(widths[widths.count - 1], 60))
        let drawn = lines(all[0]).map(Style.heading) + [rule.joined(separator: "  ")] + all.dropFirst().flatMap(lines)
        return drawn.joined(separator: "\n")
    }

    private static func longestWord(_ text: String) -> Int { text.split(separator: " ").map(\.count).max() ?? 0 }

    /// Takes from the widest columns until all fit, as far as that goes: first without breaking words, then from columns
    /// other than the first. `words`: the longest word of each column.
    private static func fit(_ natural: [Int], words: [Int], in width: Int) -> [Int] {
        var widths = natural
        var excess = widths.reduce(0, +) + gap * (widths.count - 1) - width
        for least in [words.map { max($0, narrowest) }, nil] {
            for first in [1, 0] {
                while excess > 0 {
                    let columns = widths.indices.dropFirst(first).filter { widths[$0] > least?[$0] ?? narrowest }
                    guard let widest = columns.max(by: { widths[$0] < widths[$1] }) else { break }
                    widths[widest] -= 1
                    excess -= 1
                }
            }
        }
        return widths
    }

    /// The lines of a cell.
    private static func wrap(_ cell: String, _ width: Int) -> [String] {
        guard width > 0 else { return [cell] }
        var lines: [String] = []
        var rest = Substring(cell)
        while let end = rest.index(rest.startIndex, offsetBy: width, limitedBy: rest.endIndex), end < rest.endIndex {
            // The space may stand just behind the last character that fits.
            let space = rest[...end].lastIndex(of: " ").flatMap { $0 > rest.startIndex ? $0 : nil }
            lines.append(String(rest[..<(space ?? end)]))
            rest = space.map { rest[rest.index(after: $0)...] } ?? rest[end...]
        }
        return lines + [String(rest)]
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
