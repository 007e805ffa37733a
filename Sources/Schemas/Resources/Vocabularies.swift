/// The vocabularies that a schema resource uses.
struct Vocabularies: OptionSet, Sendable {
    let rawValue: UInt16

    static let core = Vocabularies(rawValue: 1)
    static let applicator = Vocabularies(rawValue: 2)
    static let unevaluated = Vocabularies(rawValue: 4)
    static let validation = Vocabularies(rawValue: 8)
    static let metaData = Vocabularies(rawValue: 16)
    static let formatAnnotation = Vocabularies(rawValue: 32)
    /// `format` is asserted. Both `true` and `false` in `$vocabulary` enable it, since the engine supports it.
    static let formatAssertion = Vocabularies(rawValue: 64)
    static let content = Vocabularies(rawValue: 128)
    /// Our own vocabulary: the `x-` keywords of catalog definitions.
    static let definition = Vocabularies(rawValue: 256)

    static let draft202012: Vocabularies = [
        .core, .applicator, .unevaluated, .validation, .metaData, .formatAnnotation, .content,
    ]

    static let draft202012URI = "https://json-schema.org/draft/2020-12/schema"

    /// Looks up a vocabulary; nil if unknown.
    init?(uri: String) {
        switch uri {
        case "https://json-schema.org/draft/2020-12/vocab/core": self = .core
        case "https://json-schema.org/draft/2020-12/vocab/applicator": self = .applicator
        case "https://json-schema.org/draft/2020-12/vocab/unevaluated": self = .unevaluated
        case "https://json-schema.org/draft/2020-12/vocab/validation": self = .validation
        case "https://json-schema.org/draft/2020-12/vocab/meta-data": self = .metaData
        case "https://json-schema.org/draft/2020-12/vocab/format-annotation": self = .formatAnnotation
        case "https://json-schema.org/draft/2020-12/vocab/format-assertion": self = .formatAssertion
        case "https://json-schema.org/draft/2020-12/vocab/content": self = .content
        case "urn:promo-gateway:vocab:definition:1": self = .definition
        default: return nil
        }
    }

    init(rawValue: UInt16) { self.rawValue = rawValue }
}
