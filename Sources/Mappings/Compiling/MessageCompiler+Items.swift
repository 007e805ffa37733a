internal import JSON
internal import Schemas
internal import Yams

/// Items: their operation, fields and columns.
extension MessageCompiler {
    func program(
        _ body: NodeReader.Members, _ item: ValueCompiler, _ slots: SlotNames, policy: FieldProgram.Policy,
        definition: Definition?, storesRecords: Bool
    ) -> ItemProgram? {
        let operation = body["operation"].flatMap { self.operation($0, item) }
        let filter = body["where"].flatMap { ConditionCompiler(values: item).condition($0, what: "where") }
        let captures = Captures()
        var fields: [FieldProgram] = []
        var places: [(name: String, key: Node, value: Node)] = []
        let pairs =
            body["fields"].map { reader.pairs($0, what: "fields", allowsEmpty: body["keep"] != nil) } ?? []
        for (name, key, value:node) in pairs {
            guard FieldNames.check(name, key, reader, isTopLevel: true) else { continue }
            var own = item
            own.newKeys = NewKeyCompiler(reader: reader, field: name)
            own.knowsStored = true
            let mark = reader.mark
            guard var field = self.field(name, node, own, policy: policy) else { continue }
            if reader.storedPaths.count > mark.storedPaths {
                // Compiled anew: what it reads of the item as it came is kept until its record is known.
                reader.rewind(to: mark)
                own.newKeys = NewKeyCompiler(reader: reader, field: name)
                own.captures = captures
                guard let late = self.field(name, node, own, policy: policy) else { continue }
                // No test can see which branches the plan takes.
                reader.forgetBranchPoints(since: mark)
                field = FieldProgram(name: name, value: late.value, policy: late.policy, isLate: true)
            }
            fields.append(field)
            places.append((name, key, node))
        }
        let keeps = body["keep"].flatMap { reader.word($0, of: ["all"], what: "keep") } != nil
        let dropped = body["drop"].map { reader.texts($0, what: "drop") } ?? []
        if let drop = body.key("drop"), !keeps {
            reader.add(drop, "misplaced-field", "'drop:' goes with 'keep: all'; without that only 'fields' are kept")
        }
        if body["fields"] == nil, !keeps {
            reader.add(body.node, "missing-field", "message needs 'fields:', or 'keep: all'")
        }
        checkLate(fields, places, definition, storesRecords: storesRecords)
        if let definition {
            FieldChecks(reader: reader, definition: definition).check(
                fields, places, named: Set(pairs.map(\.name)), keepsOthers: keeps,
                operation: body["operation"]?.scalar?.string, body: body.node)
            FieldChecks.neverChanges(
                definition, operation: body["operation"]?.scalar?.string, body["operation"] ?? body.node, reader)
        }
        guard let operation else { return nil }
        var named = Set(fields.map(\.name))
        named.formUnion(dropped)
        named.insert("operation")
        return ItemProgram(
            names: NameTable(slots.names), slotCount: slots.names.count, operation: operation, filter: filter,
            fields: fields, captures: captures.all, keepsOthers: keeps, dropped: NameTable(named.sorted()))
    }

    /// Reports fields that look at the stored record and must be known before it is read.
    private func checkLate(
        _ fields: [FieldProgram], _ places: [(name: String, key: Node, value: Node)], _ definition: Definition?,
        storesRecords: Bool
    ) {
        for (field, place) in zip(fields, places) where field.isLate {
            let own = definition?.fields.first { $0.name == field.name }
            if !storesRecords {
                reader.add(
                    place.value, "misplaced-field",
                    "\(field.name): '~' is the stored record of the item, and this route stores none")
            } else if definition == nil, context.catalogs != nil {
                reader.add(
                    place.value, "stored-key",
                    "\(field.name): with paths from the stored record (~) the catalog must be named by 'definition:', and be a"
                        + " file, so that its key is known")
            } else if let own, own.isKey || (own.reference != nil && own.referencePolicy != .none) {
                RecordCompiler.refuse(field.name, own, of: definition?.catalog ?? "", place.value, reader)
            } else if let merge = own?.merge {
                reader.add(
                    place.value, "merged-twice",
                    "\(definition?.catalog ?? "").\(field.name) is put together with the stored value by its definition"
                        + " (x-merge: \(merge.rawValue)), so with ~ that would count twice; give what is new alone")
            }
        }
    }

    func operation(_ node: Node, _ item: ValueCompiler) -> (any Expression)? {
        if let word = node.scalar?.string, !PathParser.isPath(word) {
            return reader.word(node, of: Self.operations, what: "operation").map { Constant(text: $0) }
        }
        let value = item.value(node, what: "operation")
        // The values of a final `table` are the item's operations.
        if let members = node.mapping, let (key, last) = members.map({ $0 }).last, key.scalar?.string == "table" {
            for (_, _, word) in reader.pairs(last, what: "table")
            where !Self.operations.contains(word.scalar?.string ?? "") {
                reader.add(
                    word, "operation", "operation: expected I, U, D or IU, found \(NodeReader.shown(word))")
            }
        } else if let wrong = value?.words?.first(where: { !Self.operations.contains($0) }) {
            reader.add(
                node, "operation",
                "operation: expected I, U, D or IU, but this can give '\(wrong.prefix(60))'; replace it with 'table:'")
        } else if let types = value?.types, types.isDisjoint(with: .text) {
            reader.add(
                node, "operation",
                "operation: expected I, U, D or IU, but this gives \(types.subtracting(.absent).words); replace it with"
                    + " 'table:'")
        }
        return value
    }

    func field(
        _ name: String, _ node: Node, _ item: ValueCompiler, policy: FieldProgram.Policy
    ) -> FieldProgram? {
        guard node.mapping != nil else {
            return item.value(node, what: name).map { FieldProgram(name: name, value: $0, policy: policy) }
        }
        guard let members = reader.members(node, Language.value, what: name),
            let value = item.compile(members, what: name)
        else { return nil }
        var own = policy
        if let onError = members["onError"] {
            if onError.mapping != nil {
                own = item.value(onError, what: "\(name), onError").map { .value($0) } ?? policy
            } else {
                own = Self.policy(onError, reader) ?? policy
            }
        }
        return FieldProgram(name: name, value: value, policy: own)
    }

    static func policy(_ node: Node, _ reader: NodeReader) -> FieldProgram.Policy? {
        switch reader.word(node, of: ["reject", "null", "drop"], what: "onError") {
        case "reject": .reject
        case "null": .null
        case "drop": .drop
        default: nil
        }
    }

    func csv(_ node: Node, _ slots: SlotNames) -> CSVColumns? {
        guard let members = reader.members(node, Language.csv, what: "csv") else { return nil }
        guard let columns = columns(members, slots) else { return nil }
        let line = CSVLine(
            separator: reader.character(members["separator"], what: "separator", otherwise: ","),
            quote: reader.character(members["quote"], what: "quote", otherwise: "\""))
        if line.separator == line.quote {
            reader.add(node, "type", "csv: separator and quote are the same character")
        }
        if let lines = members["lines"] { reader.flag(lines, what: "lines") }
        return CSVColumns(
            line: line, columns: columns, splitsLines: members["lines"] != nil, hasHeader: members["header"] != nil,
            slots: columns.map { slots.names.firstIndex(of: $0) ?? -1 })
    }

    /// The columns' names: those of `columns`, or, with a header, those that are read.
    private func columns(_ members: NodeReader.Members, _ slots: SlotNames) -> [String]? {
        if let header = members["header"] {
            reader.flag(header, what: "header")
            if let key = members.key("columns") {
                reader.add(
                    key, "misplaced-field", "with 'header: true' the first line names the columns; leave 'columns:' out"
                )
            }
            if members["lines"] == nil {
                reader.add(
                    members.key("header") ?? header, "misplaced-field",
                    "'header:' goes with 'lines: true': it is the first line of a text of lines")
            }
            return slots.names
        }
        guard let node = members["columns"] else {
            reader.add(
                members.node, "missing-field",
                "csv needs 'columns:', the names in their order, or 'header: true' if the first line names them")
            return nil
        }
        let columns = reader.texts(node, what: "columns", allowsEmpty: false)
        if let twice = Dictionary(grouping: columns, by: { $0 }).first(where: { $1.count > 1 })?.key {
            reader.add(node, "column-twice", "columns: '\(twice)' is there twice; give one another name")
        }
        for (name, place) in zip(slots.names, slots.places) where !columns.contains(name) {
            let hint =
                Spelling.nearest(to: name, in: columns).map { " (did you mean '.\($0)'?)" }
                ?? "; there are \(columns.joined(separator: ", "))"
            reader.add(place, "unknown-column", "no column is named '\(name)'\(hint)")
        }
        return columns
    }
}
