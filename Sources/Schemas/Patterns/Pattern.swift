/// A regular expression of ECMA-262 with the flag `u`, compiled.
///
/// Works on Unicode scalars, searches anywhere in the text as JSON Schema wants it, and gives up after a number of steps
/// in proportion to the text: a pattern that backtracks without end cannot hold up a message. Every unit of work counts as
/// a step: each scalar that is compared, each byte of a reference, each property that is looked up.
struct Pattern: Sendable {
    enum Outcome { case found, absent, tooManySteps }

    let program: PatternProgram

    /// Of a pattern's text.
    static let maximumBytes = 64 << 10
    /// Steps of one value's patterns together, beside those that each has for the length of its text.
    static let baseSteps = 200_000

    init(_ text: String) throws(PatternSyntaxError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw PatternSyntaxError(message: "it has more than \(Self.maximumBytes) bytes")
        }
        var parser = PatternParser(text)
        let (node, names) = try parser.parse()
        var compiler = PatternCompiler(names: names, captures: parser.captureCount)
        program = try compiler.compile(node)
    }

    /// Searches valid UTF-8.
    func match(_ text: UnsafeBufferPointer<UInt8>) -> Outcome {
        var steps = Self.baseSteps
        return match(text, steps: &steps)
    }

    /// Searches valid UTF-8. What it takes beyond the share of the text's length is taken from `steps`.
    func match(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Outcome {
        // An empty buffer may have no address; any will do.
        let base = text.baseAddress ?? NamePool.nothing
        return program.operations.withUnsafeBufferPointer { operations in
            var matcher = PatternMatcher(program, operations, base, text.count, steps: steps)
            let outcome = matcher.search()
            steps = min(steps, matcher.stepsLeft)
            return outcome
        }
    }
}
