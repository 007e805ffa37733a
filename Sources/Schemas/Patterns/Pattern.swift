/// A compiled ECMA-262 regular expression with the flag `u`.
///
/// Operates on Unicode scalars and searches anywhere in the text, as JSON Schema requires. The number of steps is
/// bounded in proportion to the text, so catastrophic backtracking cannot block a message. A step is one scalar
/// compared, one byte of a back-reference, or one property lookup.
struct Pattern: Sendable {
    enum Outcome { case found, absent, tooManySteps }

    let program: PatternProgram

    /// Maximum size of a pattern's text, in bytes.
    static let maximumBytes = 64 << 10
    /// Steps shared by all patterns of one value, in addition to the share of each text's length.
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

    /// Searches valid UTF-8. Steps beyond the text's own share are deducted from `steps`.
    func match(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Outcome {
        // An empty buffer may have a nil base address.
        let base = text.baseAddress ?? NamePool.nothing
        return program.operations.withUnsafeBufferPointer { operations in
            var matcher = PatternMatcher(program, operations, base, text.count, steps: steps)
            let outcome = matcher.search()
            steps = min(steps, matcher.stepsLeft)
            return outcome
        }
    }
}
