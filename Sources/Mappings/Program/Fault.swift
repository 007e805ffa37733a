/// A transform failure: the step, what it needs, what was found, and the remedy.
package struct Fault: Error, Equatable, Sendable {
    /// Name of the failed step in the mapping.
    package var step: String
    package var expected: String
    package var found: String
    package var remedy: String
    /// A repeated member: it is ambiguous, so no `onError` policy applies.
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

    /// A member name occurs more than once.
    static func duplicate(_ name: String) -> Fault {
        var fault = Fault(
            "path", expected: "one member '\(name.prefix(80))'", found: "two or more",
            remedy: "keep the one that is meant")
        fault.isDuplicate = true
        return fault
    }
}
