/// One key of the mapping language: all that the compiler, the editor's schema and the reference say about it.
package struct LanguageKey: Sendable {
    package let name: String
    package let kind: LanguageKind
    package let isRequired: Bool
    /// One sentence, as the reference and the editor show it.
    package let help: String
    /// A line of YAML, or several.
    package let example: String

    init(_ name: String, _ kind: LanguageKind, required: Bool = false, _ help: String, _ example: String) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.help = help
        self.example = example
    }
}

/// What may stand at a key.
package indirect enum LanguageKind: Sendable {
    case text
    case integer(ClosedRange<Int>)
    /// `true` and nothing else: the key's being there is what counts.
    case flag
    case bool
    case word([String])
    case path
    /// Any single value.
    case scalar
    /// Anything that YAML can say.
    case anything
    case list(LanguageKind)
    /// Keys of the writer's own choice.
    case map(LanguageKind)
    /// The object with that id in ``Language/objects``.
    case object(String)
    case either([LanguageKind])

    static let value = LanguageKind.either([.path, .object("value")])
    static let condition = LanguageKind.object("condition")
}

/// Keys that stand together.
package struct LanguageObject: Sendable {
    package let id: String
    package let title: String
    package let help: String
    package let keys: [LanguageKey]

    init(_ id: String, _ title: String, _ help: String, _ keys: [LanguageKey]) {
        self.id = id
        self.title = title
        self.help = help
        self.keys = keys
    }
}
