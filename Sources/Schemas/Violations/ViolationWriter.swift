import JSON

/// Turns findings into violations.
struct ViolationWriter {
    let code: ProgramCode
    /// The validated value.
    let root: JSONNode
    let base: JSONPointer
    private static let pointerBytes = 4 << 10

    func violations(for findings: [Finding], surrender: Finding?, entry: Int32) -> [Violation] {
        var findings = findings
        if let surrender { findings.append(surrender) }
        if findings.isEmpty { findings.append(Finding(kind: .never, node: root.index, block: entry)) }
        return findings.enumerated()
            .sorted { ($0.element.node, $0.offset) < ($1.element.node, $1.offset) }
            .map { violation($0.element) }
    }

    /// - Parameter isNested: nested in another violation; does not nest further ones.
    private func violation(_ finding: Finding, isNested: Bool = false) -> Violation {
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
        if isSecret {
            words.hide()
        } else if !isNested {
            explainAlternatives(finding, &words)
        }
        // A member name may take megabytes, and it is in the pointer of each violation below it.
        let pointer = JSONPointer(base.tokens + local.tokens).cut(toBytes: Self.pointerBytes)
        let place = pointer.tokens.isEmpty ? "the whole value" : pointer.description
        return Violation(
            pointer: pointer, keyword: words.keyword, expected: words.expected, found: words.found,
            text: "\(place): \(words.sentence)", schemaFile: document.file, schemaPointer: schemaPointer)
    }

    /// Explains a failed `anyOf` or `oneOf` by its closest alternative.
    private func explainAlternatives(_ finding: Finding, _ words: inout FindingWords) {
        guard case .instruction(let number) = finding.kind, finding.detail == 0 else { return }
        let instruction = code.instructions[number]
        guard instruction.operation == .anyOf || instruction.operation == .oneOf else { return }
        let alternatives = Alternatives(instruction, node(finding.node), code: code, root: root)
        if let types = alternatives.types {
            words.expected = types
        } else if let nearest = alternatives.nearest {
            let inner = violation(nearest.finding, isNested: true)
            words.remedy = "to be alternative \(nearest.number): \(inner.text)"
        }
    }

    /// A node of the root by number.
    private func node(_ index: Int) -> JSONNode { root.descendant(index) }

    /// The node of the violated keyword.
    private func source(of finding: Finding, _ block: Block) -> Int {
        switch finding.kind {
        case .type: return Int(block.typeSource >= 0 ? block.typeSource : block.source)
        case .never, .nesting, .work: return Int(block.source)
        case .instruction(let number), .missing(let number, _), .name(let number), .patternSteps(let number):
            return Int(code.instructions[number].source)
        case .required(let number):
            return Int(code.objects[Int(code.instructions[number].a)].requiredSource)
        }
    }
}

extension JSONNode {
    /// A descendant by number.
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
