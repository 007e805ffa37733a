import JSON

/// Keywords of draft 2020-12 and our own that the engine implements.
enum SchemaKeyword: String, CaseIterable {
    case schema = "$schema"
    case id = "$id"
    case anchor = "$anchor"
    case dynamicAnchor = "$dynamicAnchor"
    case reference = "$ref"
    case dynamicReference = "$dynamicRef"
    case definitions = "$defs"
    case oldDefinitions = "definitions"
    case vocabulary = "$vocabulary"
    case comment = "$comment"

    case allOf, anyOf, oneOf, not
    case condition = "if"
    case then
    case otherwise = "else"
    case prefixItems, items, contains
    case properties, patternProperties, additionalProperties, propertyNames, dependentSchemas, dependencies
    case unevaluatedItems, unevaluatedProperties

    case type, `enum`, const
    case multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum
    case maxLength, minLength, pattern
    case maxItems, minItems, uniqueItems, maxContains, minContains
    case maxProperties, minProperties, required, dependentRequired
    case format
    case contentSchema

    case bson = "x-bson"
    case secret = "x-secret"
    case foreignKey = "x-ref"
    case foreignKeyPolicy = "x-ref-policy"
    case merge = "x-merge"

    /// What says how a value is stored, besides its JSON type.
    static let storage: [SchemaKeyword] = [.bson, .foreignKey, .foreignKeyPolicy, .merge]

    private static let all = allCases
    private static let table = NameTable(allCases.map(\.rawValue))

    /// Looks up a keyword; nil for unknown ones, which are ignored.
    init?(_ name: UnsafeBufferPointer<UInt8>) {
        guard let number = Self.table.find(name) else { return nil }
        self = Self.all[number]
    }

    /// How a keyword's value holds schemas.
    enum Shape { case schema, list, map }

    /// `$id`s and anchors are recognised only in subschemas: inside an `enum` or an unknown keyword they are data.
    var shape: Shape? {
        switch self {
        case .additionalProperties, .unevaluatedProperties, .items, .unevaluatedItems, .contains, .propertyNames, .not,
            .condition, .then, .otherwise, .contentSchema:
            .schema
        case .allOf, .anyOf, .oneOf, .prefixItems: .list
        case .properties, .patternProperties, .dependentSchemas, .definitions, .oldDefinitions, .dependencies: .map
        default: nil
        }
    }

    /// The vocabulary that defines the keyword.
    var vocabulary: Vocabularies {
        switch self {
        case .schema, .id, .anchor, .dynamicAnchor, .reference, .dynamicReference, .definitions, .oldDefinitions,
            .vocabulary, .comment:
            .core
        case .allOf, .anyOf, .oneOf, .not, .condition, .then, .otherwise, .prefixItems, .items, .contains, .properties,
            .patternProperties, .additionalProperties, .propertyNames, .dependentSchemas, .dependencies:
            .applicator
        case .unevaluatedItems, .unevaluatedProperties: .unevaluated
        case .type, .enum, .const, .multipleOf, .maximum, .exclusiveMaximum, .minimum, .exclusiveMinimum, .maxLength,
            .minLength, .pattern, .maxItems, .minItems, .uniqueItems, .maxContains, .minContains, .maxProperties,
            .minProperties, .required, .dependentRequired:
            .validation
        case .format: [.formatAnnotation, .formatAssertion]
        case .contentSchema: .content
        case .bson, .secret, .foreignKey, .foreignKeyPolicy, .merge: .definition
        }
    }
}
