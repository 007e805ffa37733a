internal import JSON
internal import Schemas

/// Reads the cells of a message's lines into slots, and finds the lines that name the columns.
struct CSVCells {
    /// Set by a line that names the columns where a record should be: it and the lines after it are refused, since their
    /// cells would be exchanged.
    private(set) var order: Fault?
    /// Slot of each cell, and the columns' names.
    private var slots: [Int]
    private var columns: [String]
    private let csv: CSVColumns
    private let names: NameTable

    /// `names`: of the slots. `order`: of the lines before.
    init(_ csv: CSVColumns, names: NameTable, order: Fault?) {
        self.csv = csv
        self.names = names
        self.order = order
        slots = csv.slots
        columns = csv.columns
    }

    /// Begins another list of lines.
    mutating func begin() { order = nil }

    /// The lines of a text that are records, with their numbers from 0.
    mutating func lines(of text: Bytes, _ scratch: Scratch) throws(Fault) -> [(number: Int, line: Bytes)] {
        begin()
        var lines: [(number: Int, line: Bytes)] = []
        let stated = csv.line.forEachLine(of: text) { lines.append(($0, $1)) }
        if let stated, stated != csv.line.separator {
            throw Fault(
                "csv", expected: "lines separated by '\(Character(UnicodeScalar(csv.line.separator)))'",
                found: "sep=\(Character(UnicodeScalar(stated)))",
                remedy: "send them so, or write this separator under 'csv:' in the mapping")
        }
        if csv.hasHeader, let header = lines.first {
            try readHeader(header.line, scratch)
            lines.removeFirst()
        }
        return lines
    }

    /// Fills the slots from a line.
    mutating func fill(_ values: UnsafeMutablePointer<Value>, from item: Value, _ run: Run) throws(Fault) {
        let cells = try cells(item, run.scratch)
        for (slot, cell) in zip(slots, cells) where slot >= 0 { values[slot] = .text(cell) }
    }

    private mutating func cells(_ item: Value, _ scratch: Scratch) throws(Fault) -> [Bytes] {
        func remedy() -> String { "write \(columns.count) cells: \(columns.joined(separator: ", "))" }
        guard case .text(var line) = item else {
            throw Fault("csv", expected: "a line of text", found: item, remedy: remedy())
        }
        line = Bytes(rebasing: line[CSVLine.markLength(line)...])
        guard let cells = csv.line.cells(of: line, scratch) else {
            throw Fault("csv", expected: "cells with closed quotes", found: item, remedy: "close the quote")
        }
        guard cells.count == columns.count else {
            throw Fault(
                "csv", expected: "\(columns.count) cells", found: "\(cells.count) in \(item.described)",
                remedy: remedy())
        }
        if columns.count > 1 { try checkOrder(cells) }
        return cells
    }

    private mutating func checkOrder(_ cells: [Bytes]) throws(Fault) {
        if let order { throw order }
        let first = Trim.trimmed(cells[0])
        guard columns.contains(where: { first.elementsEqual($0.utf8) }) else { return }
        let names = cells.map { Trim.trimmed($0).string }
        guard names != columns || csv.hasHeader, Set(names) == Set(columns) else { return }
        let fault =
            csv.hasHeader
            ? Fault(
                "csv", expected: "a record, since the first line names the columns",
                found: names.joined(separator: ", "), remedy: "send the lines after it as a text of their own")
            : Fault(
                "csv", expected: "the columns in the order \(columns.joined(separator: ", "))",
                found: names.joined(separator: ", "),
                remedy: "send them so, or write 'header: true' in place of 'columns:' in the mapping")
        order = fault
        throw fault
    }

    /// Takes the order of the cells from the line that names them.
    private mutating func readHeader(_ line: Bytes, _ scratch: Scratch) throws(Fault) {
        guard let cells = csv.line.cells(of: line, scratch) else {
            throw Fault(
                "csv", expected: "cells with closed quotes", found: Value.text(line), remedy: "close the quote")
        }
        columns = cells.map { Trim.trimmed($0).string }
        slots = columns.map { name in
            var name = name
            return name.withUTF8 { names.find($0) } ?? -1
        }
        for name in csv.columns {
            let count = columns.count { $0 == name }
            guard count != 1 else { continue }
            let hint = Spelling.nearest(to: name, in: columns).map { "; did you mean '\($0)'?" } ?? ""
            throw Fault(
                "csv", expected: "one column '\(name)' in the first line",
                found: count == 0 ? columns.prefix(20).joined(separator: ", ") : "\(count) of them",
                remedy: count == 0 ? "name it there\(hint)" : "give the others other names")
        }
    }
}
