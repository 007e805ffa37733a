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
        code.withTables { tables in
            var evaluator = Evaluator(code, tables, envelope: hidesOperation ? node.index : -1)
            return evaluator.run(entry, node) && evaluator.surrender == nil
        }
    }

    /// All ways in which the value breaks the schema, in the order of the value's text; none where it satisfies it.
    ///
    /// - Parameters:
    ///   - base: what the violations' pointers begin with: the value's own place in a larger one.
    ///   - limit: the most violations that are told.
    package func validate(_ node: JSONNode, at base: JSONPointer = "", limit: Int = 20) -> [Violation] {
        if isValid(node) { return [] }
        let (findings, surrender) = code.withTables { tables in
            var evaluator = Evaluator(code, tables, envelope: hidesOperation ? node.index : -1)
            evaluator.wanted = max(limit, 1)
            _ = evaluator.run(entry, node)
            return (evaluator.findings, evaluator.surrender)
        }
        let writer = ViolationWriter(code: code, root: node, base: base)
        return writer.violations(for: findings, surrender: surrender, entry: entry)
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
