/// A value that a transform cannot work with: what it needs, what there was, and what to write instead.
package struct Fault: Error, Equatable, Sendable {
    /// The step that failed, as the mapping calls it.
    package var step: String
    package var expected: String
    package var found: String
    package var remedy: String

    init(_ step: String, expected: String, found: Value, remedy: String) {
        self.init(step, expected: expected, found: found.described, remedy: remedy)
    }

    init(_ step: String, expected: String, found: String, remedy: String) {
        self.step = step
        self.expected = expected
        self.found = found
        self.remedy = remedy
    }
}
