package import JSON

/// A compiled schema: immutable, flat, thread-safe.
package struct SchemaProgram: Sendable {
    let code: ProgramCode
    let entry: Int32
    /// Whether the root's member `operation` is hidden from the schema.
    let hidesOperation: Bool

    init(_ code: ProgramCode, entry: Int32, hidesOperation: Bool = false) {
        self.code = code
        self.entry = entry
        self.hidesOperation = hidesOperation
    }

    /// Whether the value satisfies the schema. Does not allocate for valid values, except for programs with
    /// `unevaluated…`, `$dynamicRef` or backtracking patterns.
    package func isValid(_ node: JSONNode) -> Bool {
        let result = code.withTables { tables in
            var evaluator = Evaluator(code, tables, node, envelope: hidesOperation ? node.index : -1)
            let isValid = evaluator.run(entry, node)
            return (isValid && evaluator.surrender == nil, evaluator.surrender?.isNesting ?? false)
        }
        return result.1 ? evaluateDeeply(node, wanted: 0).isValid : result.0
    }

    /// Collects the value's violations in document order; empty if it is valid.
    ///
    /// - Parameters:
    ///   - base: JSON Pointer of the value in its document; prefix of the violations' pointers.
    ///   - limit: maximum number of violations.
    package func validate(_ node: JSONNode, at base: JSONPointer = "", limit: Int = 20) -> [Violation] {
        if isValid(node) { return [] }
        var outcome = evaluate(node, wanted: max(limit, 1), Evaluator.shallowNesting)
        if outcome.surrender?.isNesting == true { outcome = evaluateDeeply(node, wanted: max(limit, 1)) }
        let writer = ViolationWriter(code: code, root: node, base: base)
        return writer.violations(for: outcome.findings, surrender: outcome.surrender, entry: entry)
    }

    private struct Outcome {
        var isValid: Bool
        var findings: [Finding]
        var surrender: Finding?
    }

    private func evaluate(_ node: JSONNode, wanted: Int, _ maximumNesting: Int) -> Outcome {
        code.withTables { tables in
            var evaluator = Evaluator(
                code, tables, node, envelope: hidesOperation ? node.index : -1, maximumNesting: maximumNesting)
            evaluator.wanted = wanted
            let isValid = evaluator.run(entry, node) && evaluator.surrender == nil
            return Outcome(isValid: isValid, findings: evaluator.findings, surrender: evaluator.surrender)
        }
    }

    /// Evaluates on a dedicated large stack, for values nested too deeply for the caller's.
    private func evaluateDeeply(_ node: JSONNode, wanted: Int) -> Outcome {
        var outcome = Outcome(
            isValid: false, findings: [], surrender: Finding(kind: .nesting, node: node.index, block: entry))
        DeepStack.run { outcome = evaluate(node, wanted: wanted, Evaluator.deepNesting) }
        return outcome
    }
}

extension SchemaRegistry {
    /// Compiles the schema with a URI: an `$id`, or the retrieval URI of its document.
    ///
    /// - Parameter assertFormats: check `format` even if the dialect treats it as an annotation.
    package func compile(_ uri: String, assertFormats: Bool = false) throws(SchemaError) -> SchemaProgram {
        let reference = SchemaURI(uri)
        guard let number = resource(named: reference.withoutFragment), (reference.fragment ?? "").isEmpty else {
            throw SchemaError(.unresolvedReference, "no schema is known by \(uri)", file: nil)
        }
        let resource = resources[number]
        var compiler = SchemaCompiler(registry: self, assertsFormats: assertFormats)
        let scope = SchemaScope(document: resource.document, node: resource.root, resource: number)
        let entry = try compiler.block(for: scope)
        return SchemaProgram(try compiler.finish(), entry: entry)
    }
}
