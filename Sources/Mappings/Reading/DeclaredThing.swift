internal import JSON

/// A declared queue or exchange with its place: the same one must not be declared otherwise elsewhere.
struct DeclaredThing {
    let kind: String
    let name: String
    /// Whether it is at the broker to consume from; the one to publish to may be another.
    let isConsumed: Bool
    /// Its properties by name, as text.
    let properties: [String: String]
    let file: String
    let position: TextPosition

    /// The contradictions, each at the later place. `hasOneBroker`: whether it is consumed from and published to one broker.
    static func contradictions(in things: [DeclaredThing], hasOneBroker: Bool) -> [MappingDiagnostic] {
        struct Key: Hashable {
            let kind: String
            let name: String
            let isConsumed: Bool
        }
        var first: [Key: DeclaredThing] = [:]
        var mistakes: [MappingDiagnostic] = []
        for thing in things {
            let key = Key(kind: thing.kind, name: thing.name, isConsumed: thing.isConsumed && !hasOneBroker)
            guard let other = first[key] else {
                first[key] = thing
                continue
            }
            let differing = Set(thing.properties.keys).union(other.properties.keys).sorted()
                .filter { thing.properties[$0] != other.properties[$0] }
            guard !differing.isEmpty else { continue }
            let words = differing.map { name in
                "\(name) is \(other.properties[name] ?? "not set") there and \(thing.properties[name] ?? "not set") here"
            }
            mistakes.append(
                MappingDiagnostic(
                    file: thing.file, position: thing.position, rule: "declared-otherwise",
                    message:
                        "the \(thing.kind) '\(thing.name)' is declared otherwise at \(other.file):\(other.position):"
                        + " \(words.joined(separator: ", ")); the broker has one of this name: write the same in both"))
        }
        return mistakes
    }
}
