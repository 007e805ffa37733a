import JSON

/// An object schema's named members, collected for the requested root shape.
struct MemberDraft {
    /// All names without duplicates, in document order.
    private(set) var names: [Name] = []
    private(set) var properties: [Name: JSONNode] = [:]
    /// Required names; up to 64 of them are compiled to bits.
    var required: [Name] = []
    /// Whether members that `properties` does not name are validated.
    let includesOthers: Bool
    private let nullable: Bool
    private let key: Set<Name>

    /// Names are compared as bytes: String comparison would equate canonically equivalent names.
    typealias Name = [UInt8]

    init(_ context: SchemaContext) throws(SchemaError) {
        var only: Set<Name>?
        var replacement: [Name]?
        switch context.shape {
        case .asWritten:
            nullable = false
            key = []
        case .partial(let key, let isRoot):
            nullable = true
            replacement = isRoot ? key.map { Array($0.utf8) } : []
            self.key = Set(key.map { Array($0.utf8) })
        case .keyOnly(let key, let isRoot):
            nullable = false
            replacement = isRoot ? key.map { Array($0.utf8) } : []
            self.key = Set(key.map { Array($0.utf8) })
            only = self.key
        }
        includesOthers = only == nil

        var seen: Set<Name> = []
        if let value = context.keywords[.properties] {
            guard value.isObject else {
                throw context.error(.invalidKeyword, "properties must be an object", at: value)
            }
            for (name, schema) in value.members {
                let text = Array(name.utf8)
                if let only, !only.contains(text) { continue }
                properties[text] = schema
                if seen.insert(text).inserted { names.append(text) }
            }
        }
        if let value = context.keywords[.required] {
            try Self.checkNames(value, .required, context)
            required = value.elements.map { Array($0.utf8) }
        }
        if let replacement { required = replacement }
        var once: Set<Name> = []
        required.removeAll { !once.insert($0).inserted }
        if required.count <= 64 {
            for name in required where seen.insert(name).inserted { names.append(name) }
        }
    }

    /// Whether null is accepted for a member regardless of its schema.
    func allowsNull(_ name: Name) -> Bool { nullable && properties[name] != nil && !key.contains(name) }

    static func checkNames(
        _ value: JSONNode, _ keyword: SchemaKeyword, _ context: SchemaContext
    ) throws(SchemaError) {
        guard value.isArray, value.elements.allSatisfy(\.isString) else {
            throw context.error(.invalidKeyword, "\(keyword.rawValue) must be a list of names", at: value)
        }
    }
}
