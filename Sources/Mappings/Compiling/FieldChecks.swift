internal import JSON
internal import Schemas
internal import Yams

/// Checks the fields of a mapping against the catalog definition, as far as possible at compile time.
struct FieldChecks {
    let reader: NodeReader
    let definition: Definition

    /// `named`: the fields that are there, whether they compile or not. `operation`: the operation, if it is constant.
    func check(
        _ fields: [FieldProgram], _ places: [(name: String, key: Node, value: Node)], named: Set<String>,
        keepsOthers: Bool,
        operation: String?, body: Node
    ) {
        let known = definition.fields.map(\.name)
        for (field, place) in zip(fields, places) {
            guard let own = definition.fields.first(where: { $0.name == field.name }) else {
                unknown(field, place.key, known)
                continue
            }
            jq(field.value, own, place.value)
            newKey(field.value, own, operation: operation, place.value)
            check(field.value, against: own, place.value)
        }
        guard !keepsOthers else { return }
        for own in definition.fields where !named.contains(own.name) {
            if own.isKey {
                reader.add(
                    body, "missing-key",
                    "\(definition.catalog) is identified by '\(own.name)'; add it under 'fields:'")
            } else if own.isRequired, operation != "U", operation != "D" {
                reader.add(
                    body, "missing-required",
                    "\(definition.catalog) requires '\(own.name)' for I and IU; add it under 'fields:'")
            }
        }
    }

    /// jq computes with doubles.
    private func jq(_ value: any Expression, _ field: DefinitionField, _ node: Node) {
        guard field.isKey || field.bson == .decimal, value.contains({ $0 is JQStep }) else { return }
        let what = field.isKey ? "is a key" : "is an exact decimal number"
        reader.add(
            node, "jq-digits",
            "\(definition.catalog).\(field.name) \(what), and jq computes with doubles: an item with a number of more than"
                + " 15 digits is rejected, and a fraction may be off in its last digit; read it with 'path:' and other"
                + " steps", severity: .hint)
    }

    /// No record has a new key yet.
    private func newKey(_ value: any Expression, _ field: DefinitionField, operation: String?, _ node: Node) {
        guard field.isKey, value.isNew, let operation, ["U", "D"].contains(operation) else { return }
        reader.add(
            node, "new-key",
            "\(definition.catalog).\(field.name) is a key, and no record has a new one, so operation \(operation) never"
                + " finds any; read the key of the record with 'path:', or insert with operation I")
    }

    private func unknown(_ field: FieldProgram, _ node: Node, _ known: [String]) {
        let name = field.name
        defer { untyped(field, node) }
        let nearest = Spelling.nearest(to: name, in: known).map { " (did you mean '\($0)'?)" }
        if !definition.allowsUnknownFields {
            reader.add(node, "unknown-record-field", "\(definition.catalog) has no field '\(name)'\(nearest ?? "")")
        } else if let nearest {
            reader.add(
                node, "unknown-record-field",
                "\(definition.catalog) names no field '\(name)'\(nearest); it will be stored unchanged",
                severity: .hint)
        }
    }

    /// A date or decimal that no definition declares is stored as the text or double that it looks like.
    private func untyped(_ field: FieldProgram, _ node: Node) {
        guard definition.allowsUnknownFields else { return }
        let steps: [(String, String, String, (any Transform) -> Bool)] = [
            ("date", "text", "date", { $0 is ToDate }), ("decimal", "a double", "decimal", { $0 is ToDecimal }),
        ]
        for (step, stored, bson, isStep) in steps where field.value.contains(isStep) {
            let types = field.value.types
            guard types.contains(step == "date" ? .text : .number) else { continue }
            reader.add(
                node, "untyped-field",
                "\(definition.catalog) names no field '\(field.name)', so what '\(step):' gives is stored as \(stored);"
                    + " declare the field in a definition with \"x-bson\": \"\(bson)\"", severity: .hint)
        }
    }

    private func check(_ value: any Expression, against field: DefinitionField, _ node: Node) {
        let wanted: (ValueTypes, String, String)? =
            switch field.bson {
            case .string: (.text, "text", "add 'text: true'")
            case .bool: (.bool, "true or false", "add 'bool: true'")
            case .long: (.number, "a whole number", "add 'integer: true'")
            case .decimal:
                (.number, "a decimal number", "add 'decimal: \"1234.50\"' with a sample of the sender's style")
            case .double: (.number, "a number", "add 'decimal: \"1234.50\"' with a sample of the sender's style")
            case .date: (.text, "a date", "add 'date: dd/MM/yyyy' with the sender's pattern")
            case .objectId: (.text, "24 hexadecimal digits", "give text")
            case .array: (.list, "a list", "add 'split: \",\"'")
            case .object: (.object, "an object", "use 'fields:'")
            case .any: nil
            }
        if let (types, words, remedy) = wanted, value.types.subtracting(.absent) != [],
            value.types.isDisjoint(with: types)
        {
            reader.add(
                node, "type-mismatch",
                "\(definition.catalog).\(field.name) is \(words), but this gives \(value.types.subtracting(.absent).words);"
                    + " \(remedy)")
            return
        }
        guard let constant = value as? Constant else { return }
        var item = Array("{".utf8)
        JSONText.append(string: field.name, to: &item)
        item.append(UInt8(ascii: ":"))
        constant.value.append(to: &item)
        item.append(UInt8(ascii: "}"))
        guard let document = try? JSONParser().parse(item) else { return }
        let violations = document.withRoot { definition.validate($0, as: .partial, limit: 100) }
        for violation in violations where violation.pointer.tokens.first == field.name {
            reader.add(node, "constant", "\(definition.catalog).\(field.name): \(violation.text)")
        }
    }
}
