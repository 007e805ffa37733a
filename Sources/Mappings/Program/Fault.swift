/// A value that a transform cannot work with: what it needs, what there was, and what to write instead.
package struct Fault: Error, Equatable, Sendable {
    /// The step that failed, as the mapping calls it.
    package var step: String
    package var expected: String
    package var found: String
    package var remedy: String
    /// Whether it is that a member is there twice: which of the two is meant nobody can know, so no policy mends it.
    package var isDuplicate = false

    init(_ step: String, expected: String, found: Value, remedy: String) {
        self.init(step, expected: expected, found: found.described, remedy: remedy)
    }

    init(_ step: String, expected: String, found: String, remedy: String) {
        self.step = step
        self.expected = expected
        self.found = found
        self.remedy = remedy
    }

    /// A member of that name is there more than once.
    static func duplicate(_ name: String) -> Fault {
        var fault = Fault(
            "path", expected: "one member '\(name.prefix(80))'", found: "two or more",
            remedy: "keep the one that is meant")
        fault.isDuplicate = true
        return fault
    }
}
