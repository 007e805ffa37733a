internal import JSON
internal import Schemas
internal import Yams

/// Checks the fields of a mapping against the catalog definition, as far as possible at compile time.
struct FieldChecks {
    let reader: NodeReader
    let definition: Definition

    /// `operation`: the operation, if it is constant.
    func check(
        _ fields: [FieldProgram], _ places: [(name: String, key: Node, value: Node)], keepsOthers: Bool,
        operation: String?, body: Node
    ) {
        let known = definition.fields.map(\.name)
        for (field, place) in zip(fields, places) {
            guard let own = definition.fields.first(where: { $0.name == field.name }) else {
                unknown(field.name, place.key, known)
                continue
            }
            check(field.value, against: own, place.value)
        }
        guard !keepsOthers else { return }
        let named = Set(fields.map(\.name))
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

    private func unknown(_ name: String, _ node: Node, _ known: [String]) {
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
