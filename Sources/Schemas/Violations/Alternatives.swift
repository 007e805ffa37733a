import JSON

/// Explains why a value matches none of several schemas, by the closest one.
struct Alternatives {
    let code: ProgramCode
    let root: JSONNode

    /// Types the alternatives accept, if all of them fail by type alone.
    private(set) var types: String?
    /// The closest alternative: its number, from 1, and its first finding.
    private(set) var nearest: (number: Int, finding: Finding)?

    init(_ instruction: Instruction, _ node: JSONNode, code: ProgramCode, root: JSONNode) {
        self.code = code
        self.root = root
        var expectations: [String] = []
        var fewest = Int.max
        for i in 0..<Int(instruction.b) {
            let block = code.links[Int(instruction.a) + i]
            let findings = code.withTables { tables in
                var evaluator = Evaluator(code, tables, node, envelope: -1)
                evaluator.wanted = 8
                // Only for the message, and there may be many alternatives.
                evaluator.workLeft = min(evaluator.workLeft, 50_000)
                evaluator.patternStepsLeft = 20_000
                _ = evaluator.run(block, node)
                return evaluator.findings
            }
            guard let first = findings.first else { continue }
            if case .type = first.kind, first.node == node.index {
                expectations.append(TypePhrase.expected(code.blocks[Int(first.block)]))
            } else if findings.count < fewest {
                fewest = findings.count
                nearest = (i + 1, first)
            }
        }
        if nearest == nil, !expectations.isEmpty, let last = expectations.popLast() {
            types = expectations.isEmpty ? last : expectations.joined(separator: ", ") + " or " + last
        }
    }
}
