/// Rows in columns as wide as they need to be.
package enum TextTable {
    package static func render(header: [String], rows: [[String]]) -> String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            var text = ""
            for (column, cell) in row.enumerated() {
                let isLast = column == row.count - 1
                text += isLast ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return text
        }
        var rule = widths.map { String(repeating: "-", count: $0) }
        // The last column may hold whole sentences.
        rule[rule.count - 1] = String(repeating: "-", count: min(widths[widths.count - 1], 60))
        return ([line(header), line(rule)] + rows.map(line)).joined(separator: "\n")
    }
}
