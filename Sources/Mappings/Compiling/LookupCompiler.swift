internal import JSON
internal import Yams

/// Compiles `lookup:`: reads the file once into a table.
struct LookupCompiler {
    let values: ValueCompiler

    private var reader: NodeReader { values.reader }
    private static let maximumBytes = 64 << 20

    func transform(_ node: Node, what: String) -> (any Transform)? {
        guard let members = reader.members(node, Language.lookup, what: what), let fileNode = members["file"],
            let path = reader.text(fileNode, what: "file")
        else { return nil }
        let text = reader.fileText(
            fileNode, at: path, most: Self.maximumBytes, rule: "lookup-file", what: what, context: values.context)
        guard let text else { return nil }
        let entries =
            path.lowercased().hasSuffix(".csv")
            ? table(ofCSV: text, members, fileNode, what: what)
            : table(ofYAML: text, members, fileNode, path, what: what)
        guard let entries else { return nil }
        var otherwise = ValueTable.Otherwise.fault
        if let other = members["otherwise"], let constant = values.constant(other) { otherwise = .value(constant) }
        return ValueTable("lookup", entries, otherwise: otherwise)
    }

    private func table(
        ofCSV text: String, _ members: NodeReader.Members, _ fileNode: Node, what: String
    ) -> [(key: String, value: Constant)]? {
        let line = CSVLine(
            separator: reader.character(members["separator"], what: "separator", otherwise: ","),
            quote: UInt8(ascii: "\""))
        let scratch = Scratch()
        var rows: [(number: Int, cells: [String])] = []
        var unclosed: Int?
        var text = text
        let stated = text.withUTF8 { bytes in
            line.forEachLine(of: bytes) { number, row in
                guard let cells = line.cells(of: row, scratch) else { return unclosed = unclosed ?? number + 1 }
                rows.append((number + 1, cells.map { Trim.trimmed($0).string }))
            }
        }
        if let stated, stated != line.separator {
            let shown = Character(UnicodeScalar(stated))
            reader.add(
                fileNode, "lookup-file",
                "\(what): the file says that its separator is '\(shown)'; write separator: \"\(shown)\"")
            return nil
        }
        if let unclosed {
            reader.add(fileNode, "lookup-file", "\(what): line \(unclosed) has a quote that is not closed")
            return nil
        }
        guard let header = rows.first?.cells else {
            reader.add(fileNode, "lookup-file", "\(what): the file has no lines; its first line names the columns")
            return nil
        }
        guard let key = column("key", members, header, what: what),
            let column = column("column", members, header, what: what)
        else { return nil }
        var entries: [(key: String, value: Constant)] = []
        var seen: [String: Int] = [:]
        for (number, row) in rows.dropFirst() {
            guard row.count > max(key, column) else {
                reader.add(
                    fileNode, "lookup-file",
                    "\(what): line \(number) has \(row.count) cells, the first line \(header.count)")
                return nil
            }
            if let before = seen.updateValue(number, forKey: row[key]) {
                reader.add(
                    fileNode, "lookup-file",
                    "\(what): '\(row[key].prefix(40))' is in line \(before) and in line \(number); keep one")
                return nil
            }
            entries.append((row[key], Constant(text: row[column])))
        }
        return entries
    }

    private func column(_ name: String, _ members: NodeReader.Members, _ header: [String], what: String) -> Int? {
        guard let node = members[name] else {
            reader.add(members.node, "missing-field", "\(what) needs '\(name):', the name of a column")
            return nil
        }
        guard let word = reader.text(node, what: name) else { return nil }
        if let index = header.firstIndex(of: word) {
            if header.count(where: { $0 == word }) > 1 {
                reader.add(
                    node, "lookup-column",
                    "\(what): the file has the column '\(word.prefix(40))' more than once; give one another name")
            }
            return index
        }
        let hint =
            Spelling.nearest(to: word, in: header).map { " (did you mean '\($0)'?)" }
            ?? "; it has \(header.prefix(10).joined(separator: ", "))"
        reader.add(node, "lookup-column", "\(what): the file has no column '\(word.prefix(40))'\(hint)")
        return nil
    }

    private func table(
        ofYAML text: String, _ members: NodeReader.Members, _ fileNode: Node, _ path: String, what: String
    ) -> [(key: String, value: Constant)]? {
        for name in ["key", "column", "separator"] {
            if let key = members.key(name) {
                reader.add(key, "misplaced-field", "\(what): '\(name):' is for CSV files (.csv)")
            }
        }
        do throws(MappingDiagnostic) {
            guard let mapping = try YAMLText.compose(text, file: path)?.mapping else {
                reader.add(fileNode, "lookup-file", "\(what): expected keys and values in '\(path)'")
                return nil
            }
            var entries: [(key: String, value: Constant)] = []
            for (key, value) in mapping {
                guard let key = key.scalar?.string, value.scalar != nil, let constant = values.constant(value) else {
                    reader.add(fileNode, "lookup-file", "\(what): expected single values in '\(path)'")
                    return nil
                }
                entries.append((key, constant))
            }
            return entries
        } catch {
            reader.add(fileNode, "lookup-file", "\(what): \(error.description)")
            return nil
        }
    }
}
