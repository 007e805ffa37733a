import JSON

extension FindingWords {
    /// Describes a violated instruction.
    mutating func describe(_ instruction: Instruction) {
        switch instruction.operation {
        case .const:
            expected = schemaText(instruction.source)
            remedy = "write that"
        case .enumeration: describeEnumeration(instruction)
        case .anyOf: expected = "a value that fits one of \(instruction.b) alternatives"
        case .oneOf:
            expected = "a value that fits exactly one of \(instruction.b) alternatives"
            if finding.detail > 1 { found += ", which fits more than one" }
        case .not, .notIfGiven:
            expected = "a value that does not fit what is excluded"
            remedy = "write another value"
        case .minLength, .maxLength: describeLength(instruction)
        case .pattern:
            let pattern = document.json.withNode(Int(instruction.source)) { $0.string } ?? ""
            expected = "a string that matches the pattern \(FoundPhrase.cut(pattern))"
        case .format: describeFormat(instruction)
        case .bsonNumber: describeStoredNumber(instruction)
        case .minimum: expected = "a number of at least \(schemaText(instruction.source))"
        case .maximum: expected = "a number of at most \(schemaText(instruction.source))"
        case .exclusiveMinimum: expected = "a number greater than \(schemaText(instruction.source))"
        case .exclusiveMaximum: expected = "a number less than \(schemaText(instruction.source))"
        case .multipleOf: expected = "a multiple of \(schemaText(instruction.source))"
        case .minItems:
            expected = "at least \(FoundPhrase.counted(Int(instruction.a), "element"))"
            remedy = "add elements"
        case .maxItems:
            expected = "at most \(FoundPhrase.counted(Int(instruction.a), "element"))"
            remedy = "remove elements"
        case .uniqueItems: describeRepeat()
        case .contains: describeContains(instruction)
        case .minProperties:
            expected = "at least \(FoundPhrase.counted(Int(instruction.a), "member"))"
            found = "an object of \(finding.detail)"
        case .maxProperties:
            expected = "at most \(FoundPhrase.counted(Int(instruction.a), "member"))"
            found = "an object of \(finding.detail)"
        case .reference, .dynamicReference, .allOf, .conditional, .conditionalIfGiven, .prefixItems, .items, .members,
            .propertyNames,
            .required, .dependentRequired, .dependentSchema, .unevaluatedItems, .unevaluatedProperties:
            // These report what their subschemas find.
            expected = "a value that matches the schema"
        }
    }

    private mutating func describeEnumeration(_ instruction: Instruction) {
        let value = node
        let (list, near): (String, String?) = document.json.withNode(Int(instruction.source)) { values in
            var parts: [String] = []
            var near: String?
            for candidate in values.elements {
                if parts.count < 12 {
                    parts.append(FoundPhrase.cut(String(decoding: candidate.rawText.prefix(300), as: UTF8.self)))
                }
                if value.isString, candidate.string?.lowercased() == value.string?.lowercased() {
                    near = FoundPhrase.quoted(candidate)
                }
            }
            if values.count > parts.count { parts.append("…") }
            return (parts.joined(separator: ", "), near)
        }
        expected = "one of \(list)"
        remedy = near.map { "write \($0)" } ?? "write one of these"
    }

    private mutating func describeLength(_ instruction: Instruction) {
        let isLeast = instruction.operation == .minLength
        expected = "\(isLeast ? "at least" : "at most") \(FoundPhrase.counted(Int(instruction.a), "character"))"
        found = node.utf8.isEmpty ? "an empty string" : "\(node.utf8.scalarCount): \(FoundPhrase.quoted(node))"
        remedy = isLeast ? "write a longer text" : "shorten it"
    }

    private mutating func describeFormat(_ instruction: Instruction) {
        guard let format = StringFormat(rawValue: UInt8(truncatingIfNeeded: instruction.a)) else { return }
        expected = FormatPhrase.expected(format)
        if format.isDate { remedy = DatePhrase.remedy(format, found: node) }
    }

    private mutating func describeStoredNumber(_ instruction: Instruction) {
        keywordIsStore()
        switch BSONKind(rawValue: UInt8(truncatingIfNeeded: instruction.a)) {
        case .long:
            expected = "a whole number between \(Int64.min) and \(Int64.max)"
            remedy =
                ExactNumber.isIntegral(node)
                ? "the store cannot hold a larger one; send it as a string if the definition can be changed to one"
                : "write it without a fraction"
        case .double:
            expected = "a number that a double can hold with all its digits"
            remedy = "write at most 15 digits, or store it as a decimal (x-bson: decimal)"
        default:
            expected = "a decimal number of at most \(StorableNumber.decimalDigits) digits, below 1e309"
            remedy = "write fewer digits"
        }
    }

    private mutating func describeRepeat() {
        expected = "elements that all differ"
        if let (first, second) = JSONEquality.firstRepeat(in: node) {
            found = "elements \(first) and \(second) with the same value"
        }
        remedy = "remove one of them"
    }

    private mutating func describeContains(_ instruction: Instruction) {
        let least = code.links[Int(instruction.b)]
        let most = code.links[Int(instruction.b) + 1]
        expected = "at least \(FoundPhrase.counted(Int(least), "element")) of the kind asked for"
        if most >= 0 { expected += ", and at most \(most)" }
    }
}
