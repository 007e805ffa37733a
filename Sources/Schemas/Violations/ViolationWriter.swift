import Documents

/// Makes words of findings.
struct ViolationWriter {
    let code: ProgramCode
    /// The value that was checked.
    let root: JSONNode
    let base: JSONPointer

    func violations(for findings: [Finding], surrender: Finding?, entry: Int32) -> [Violation] {
        var findings = findings
        if let surrender { findings.append(surrender) }
        if findings.isEmpty { findings.append(Finding(kind: .never, node: root.index, block: entry)) }
        return findings.enumerated()
            .sorted { ($0.element.node, $0.offset) < ($1.element.node, $1.offset) }
            .map { violation($0.element) }
    }

    private func violation(_ finding: Finding) -> Violation {
        let block = code.blocks[Int(finding.block)]
        let document = code.documents[Int(block.document)]
        let local = JSONPointer(from: root, toNode: finding.node)
        let isSecret =
            block.flags.contains(.secret) || local.tokens.contains { code.secretNames.contains($0) }
        let schemaPointer = document.pointer(to: source(of: finding, block))
        var words = FindingWords(
            finding: finding, block: block, code: code, document: document, node: node(finding.node),
            schemaPointer: schemaPointer, memberName: local.tokens.last)
        words.describe()
        if isSecret { words.hide() }
        let pointer = JSONPointer(base.tokens + local.tokens)
        let place = pointer.tokens.isEmpty ? "the whole value" : "`\(pointer)`"
        return Violation(
            pointer: pointer, keyword: words.keyword, expected: words.expected, found: words.found,
            text: "\(place): \(words.sentence)", schemaFile: document.file, schemaPointer: schemaPointer)
    }

    /// The node of that number inside the root.
    private func node(_ index: Int) -> JSONNode { root.descendant(index) }

    /// The node of the schema that was broken.
    private func source(of finding: Finding, _ block: Block) -> Int {
        switch finding.kind {
        case .type: return Int(block.typeSource >= 0 ? block.typeSource : block.source)
        case .never, .nesting: return Int(block.source)
        case .instruction(let number), .missing(let number, _), .name(let number), .patternSteps(let number):
            return Int(code.instructions[number].source)
        case .required(let number):
            return Int(code.objects[Int(code.instructions[number].a)].requiredSource)
        }
    }
}

extension JSONNode {
    /// The node of that number, which lies inside this one.
    func descendant(_ target: Int) -> JSONNode {
        var node = self
        descent: while node.index < target {
            if node.isObject {
                for (name, value) in node.members where value.endIndex > target {
                    if name.index == target { return name }
                    node = value
                    continue descent
                }
            } else {
                for element in node.elements where element.endIndex > target {
                    node = element
                    continue descent
                }
            }
            return node
        }
        return node
    }
}
