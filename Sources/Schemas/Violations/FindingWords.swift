import JSON

/// Builds the text of one finding.
struct FindingWords {
    let finding: Finding
    let block: Block
    let code: ProgramCode
    let document: SchemaDocument
    /// The value, or the member name.
    let node: JSONNode
    let schemaPointer: JSONPointer
    /// Name of the member that holds the value.
    let memberName: String?

    private(set) var keyword = ""
    var expected = ""
    var found = ""
    var remedy = ""
    /// Replaces "expected …, found …".
    var statement: String?

    init(
        finding: Finding, block: Block, code: ProgramCode, document: SchemaDocument, node: JSONNode,
        schemaPointer: JSONPointer, memberName: String?
    ) {
        self.finding = finding
        self.block = block
        self.code = code
        self.document = document
        self.node = node
        self.schemaPointer = schemaPointer
        self.memberName = memberName
    }

    var sentence: String {
        let statement = self.statement ?? "expected \(expected), found \(found)"
        return remedy.isEmpty ? statement : "\(statement); \(remedy)"
    }

    /// Removes everything that could reveal the value.
    mutating func hide() {
        found = FoundPhrase.secret
        statement = nil
        remedy = ""
    }

    /// Attributes the violation to the store, whichever keyword implies the stored type.
    mutating func keywordIsStore() { keyword = "x-bson" }

    mutating func describe() {
        keyword = schemaPointer.tokens.last ?? ""
        found = FoundPhrase.of(node)
        switch finding.kind {
        case .type:
            expected = TypePhrase.expected(block)
            remedy = TypePhrase.remedy(block, found: node)
        case .never: describeNever()
        case .required(let number): describeRequired(number)
        case .missing(_, let name):
            let missing = schemaString(name)
            expected = "the field \(missing)"
            found = "an object without it"
            statement = "the field \(missing) is missing"
            remedy = "add it"
            if keyword != "required" { statement? += ", which other given fields require" }
        case .name:
            expected = "a name that the definition allows"
            found = "the name \(FoundPhrase.quoted(node))"
            remedy = "rename the field"
        case .patternSteps:
            keyword = "pattern"
            expected = "a string that the pattern can be checked against"
            statement = "checking the pattern took too many steps, so the value is refused"
            remedy = "shorten the value, or simplify the pattern"
        case .nesting:
            keyword = "$ref"
            expected = "a value of fewer levels"
            statement = "the value or the schema is nested too deeply to be checked"
            remedy = "send fewer levels"
        case .work:
            keyword = "$ref"
            expected = "a value that can be checked with less work"
            statement = "checking the value takes too much work, so it is refused"
            remedy = "send a smaller value, or simplify the schema: its references are checked repeatedly"
        case .instruction(let number): describe(code.instructions[number])
        }
    }

    private mutating func describeNever() {
        let last = schemaPointer.tokens.last
        guard let last, ["additionalProperties", "unevaluatedProperties"].contains(last) else {
            let isListKeyword = ["items", "unevaluatedItems", "contains"].contains(last ?? "")
            keyword = isListKeyword ? last ?? "" : "false"
            expected = isListKeyword ? "no further elements" : "nothing here"
            remedy = "remove it"
            return
        }
        keyword = last
        expected = "only the fields of the definition"
        statement = "the definition has no such field"
        remedy = "remove it"
        if let memberName, let near = nearestProperty(to: memberName) {
            remedy = "remove it, or did you mean \(FoundPhrase.quoted(near))?"
        }
    }

    /// The name in the sibling `properties` closest in spelling.
    private func nearestProperty(to name: String) -> String? {
        let parent = JSONPointer(schemaPointer.tokens.dropLast() + ["properties"])
        return document.json.withRoot { root in
            guard let properties = parent.resolve(in: root) else { return nil }
            return Spelling.nearest(
                to: name, in: properties.members.map { String(decoding: $0.name.utf8, as: UTF8.self) })
        }
    }

    private mutating func describeRequired(_ number: Int) {
        let plan = code.objects[Int(code.instructions[number].a)]
        let name = FoundPhrase.quoted(code.names.name(finding.detail, of: plan.names))
        expected = "the field \(name)"
        found = "an object without it"
        statement = "the field \(name) is missing"
        remedy = "add it"
        keyword = "required"
    }

    /// A string of the schema, quoted.
    private func schemaString(_ index: Int) -> String { document.json.withNode(index) { FoundPhrase.quoted($0) } }

    /// A value of the schema as written, truncated.
    func schemaText(_ index: Int32) -> String {
        document.json.withNode(Int(index)) { node in
            FoundPhrase.cut(String(decoding: node.rawText.prefix(300), as: UTF8.self))
        }
    }
}
