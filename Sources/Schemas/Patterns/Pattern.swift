/// A regular expression of ECMA-262 with the flag `u`, compiled.
///
/// Works on Unicode scalars, searches anywhere in the text as JSON Schema wants it, and gives up after a number of steps
/// in proportion to the text: a pattern that backtracks without end cannot hold up a message.
struct Pattern: Sendable {
    enum Outcome { case found, absent, tooManySteps }

    let program: PatternProgram

    init(_ text: String) throws(PatternSyntaxError) {
        var parser = PatternParser(text)
        let (node, names) = try parser.parse()
        var compiler = PatternCompiler(names: names, captures: parser.captureCount)
        program = try compiler.compile(node)
    }

    /// Searches valid UTF-8.
    func match(_ text: UnsafeBufferPointer<UInt8>) -> Outcome {
        // An empty buffer may have no address; any will do.
        let base = text.baseAddress ?? NamePool.nothing
        return program.operations.withUnsafeBufferPointer { operations in
            var matcher = PatternMatcher(program, operations, base, text.count)
            return matcher.search()
        }
    }
}
