/// A key of the mapping language, with its kind, help and example.
package struct LanguageKey: Sendable {
    package let name: String
    package let kind: LanguageKind
    package let isRequired: Bool
    /// One sentence for the reference and the editor.
    package let help: String
    /// One or more lines of YAML.
    package let example: String

    init(_ name: String, _ kind: LanguageKind, required: Bool = false, _ help: String, _ example: String) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.help = help
        self.example = example
    }
}

/// The kind of value a key takes.
package indirect enum LanguageKind: Sendable {
    case text
    case integer(ClosedRange<Int>)
    /// Only `true`: the presence of the key counts.
    case flag
    case bool
    case word([String])
    case path
    /// Any scalar.
    case scalar
    /// Any YAML value.
    case anything
    case list(LanguageKind)
    /// A map with free keys.
    case map(LanguageKind)
    /// The object with this id in ``Language/objects``.
    case object(String)
    case either([LanguageKind])

    static let value = LanguageKind.either([.path, .object("value")])
    static let condition = LanguageKind.object("condition")
}

/// A group of keys.
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
