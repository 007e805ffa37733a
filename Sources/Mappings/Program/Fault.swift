internal import JSON

/// A transform failure: the step, what it needs, what was found, and the remedy.
package struct Fault: Error, Equatable, Sendable {
    /// Name of the failed step in the mapping.
    package var step: String
    package var expected: String
    package var found: String
    package var remedy: String
    /// A repeated member: it is ambiguous, so no `onError` policy applies.
    package var isDuplicate = false
    /// The store is the cause and not the message, so no `onError` policy applies.
    package var isOfStore = false
    /// Path of the value that failed; nil: that of the whole field.
    var origin: Path?
    /// Inside of a list: the way from the list to the value.
    var inside: [Path.Step] = []

    init(_ step: String, expected: String, found: Value, remedy: String) {
        self.init(step, expected: expected, found: found.described, remedy: remedy)
    }

    init(_ step: String, expected: String, found: String, remedy: String) {
        self.step = step
        self.expected = expected
        self.found = found
        self.remedy = remedy
    }

    /// The member of a mapped item, or of its record, whose value failed; nil if it is another value, or unknown.
    package var member: String? {
        guard var steps = origin?.steps[...] else { return nil }
        // `$` is the catalog message with the item.
        if origin?.base == .root {
            guard steps.count > 2, steps.first == .name(ByteString("items")) else { return nil }
            steps = steps.dropFirst(2)
        }
        guard case .name(let name)? = steps.first else { return nil }
        return name.description
    }

    /// The field of the stored record whose value failed; nil if it is a value of the message.
    package var storedField: String? { origin?.base == .stored ? member : nil }

    /// The fault of an element, as one of its list.
    func inElement(_ index: Int) -> Fault {
        var fault = self
        // A path from elsewhere is complete.
        if let origin, origin.base != .item { return fault }
        fault.inside = [.index(index)] + (origin?.steps ?? []) + inside
        fault.origin = nil
        return fault
    }

    /// The fault with the path of the value that failed, unless it has one. `isDirect`: no step came before the one that
    /// failed, so its list is the one at the path.
    func from(_ path: @autoclosure () -> Path?, isDirect: Bool = false) -> Fault {
        guard origin == nil, let path = path() else { return self }
        var fault = self
        fault.origin = isDirect ? Path(base: path.base, steps: path.steps + inside) : path
        fault.inside = []
        return fault
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
