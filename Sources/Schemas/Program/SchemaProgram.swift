package import Documents

/// A compiled schema: frozen, flat, and safe to run from any thread.
package struct SchemaProgram: Sendable {
    let code: ProgramCode
    let entry: Int32
    /// Whether the root's member `operation` is not there for the schema.
    let hidesOperation: Bool

    init(_ code: ProgramCode, entry: Int32, hidesOperation: Bool = false) {
        self.code = code
        self.entry = entry
        self.hidesOperation = hidesOperation
    }

    /// Whether the value satisfies the schema. Allocates nothing for valid values and programs without `unevaluated…`,
    /// `$dynamicRef` and patterns that backtrack.
    package func isValid(_ node: JSONNode) -> Bool {
        let result = code.withTables { tables in
            var evaluator = Evaluator(code, tables, node, envelope: hidesOperation ? node.index : -1)
            let isValid = evaluator.run(entry, node)
            return (isValid && evaluator.surrender == nil, evaluator.surrender?.isNesting ?? false)
        }
        return result.1 ? evaluateDeeply(node, wanted: 0).isValid : result.0
    }

    /// All ways in which the value breaks the schema, in the order of the value's text; none where it satisfies it.
    ///
    /// - Parameters:
    ///   - base: what the violations' pointers begin with: the value's own place in a larger one.
    ///   - limit: the most violations that are told.
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

    /// For what is nested so deeply that the caller's stack may be too small for it.
    private func evaluateDeeply(_ node: JSONNode, wanted: Int) -> Outcome {
        var outcome = Outcome(
            isValid: false, findings: [], surrender: Finding(kind: .nesting, node: node.index, block: entry))
        DeepStack.run { outcome = evaluate(node, wanted: wanted, Evaluator.deepNesting) }
        return outcome
    }
}

extension SchemaRegistry {
    /// Compiles the schema that goes by a URI: an `$id`, or what its document was added as.
    ///
    /// - Parameter assertFormats: check `format` even where the dialect takes it for an annotation.
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
