import JSON

/// The fields of a definition's records: those of its `properties`, and of the schemas that it refers to as a whole.
struct RecordFields {
    /// In order of declaration.
    let fields: [DefinitionField]
    /// Whether fields that no schema names are accepted.
    let allowsOthers: Bool

    init(_ header: DefinitionHeader, _ storage: StorageReader, in document: SchemaDocument) throws(SchemaError) {
        let record = storage.places[0]
        var required: Set<ByteString> = []
        var allowsOthers = true
        for block in record.blocks {
            let names = storage.value(.required, of: block) { $0.elements.map { ByteString(copying: $0.utf8) } }
            required.formUnion(names ?? [])
            for keyword in [SchemaKeyword.additionalProperties, .unevaluatedProperties]
            where storage.value(keyword, of: block, { $0.bool }) == false {
                allowsOthers = false
            }
        }
        for name in header.key {
            let bytes = ByteString(name)
            guard required.contains(bytes), record.members.contains(where: { $0.name == bytes }) else {
                throw document.json.withRoot { root in
                    document.error(
                        .invalidDefinition, "the key field \(name) must be among \"properties\" and \"required\"",
                        at: root["x-key"]?.index ?? root.index)
                }
            }
        }
        var fields: [DefinitionField] = []
        for (name, number) in record.members {
            let place = storage.places[number]
            guard DefinitionHeader.isFieldName(name) else {
                throw storage.error(
                    place.blocks[0], nil,
                    "no field can be named \(FoundPhrase.quoted(name.description)): the name has another meaning")
            }
            fields.append(
                try Self.field(
                    name, place, storage, isKey: header.key.contains { ByteString($0) == name },
                    isRequired: required.contains(name), isImmutable: header.isImmutable))
        }
        self.fields = fields
        self.allowsOthers = allowsOthers
    }

    private static let assertions: Set = [
        "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    ]

    private static func field(
        _ name: ByteString, _ place: StorageReader.Place, _ storage: StorageReader, isKey: Bool, isRequired: Bool,
        isImmutable: Bool
    ) throws(SchemaError) -> DefinitionField {
        // Only strings and longs have a single representation in a record's _id.
        if isKey, place.isNullable || (place.bson != .string && place.bson != .long) {
            throw storage.error(
                place.blocks[0], nil, "the key field \(name) must be of type string or integer, without null")
        }
        if isKey, place.isSecret {
            throw storage.error(
                place.blocks[0], .secret,
                "the key field \(name) cannot be secret: it is part of the record's _id, which is shown everywhere; use"
                    + " another key")
        }
        if let merge = place.merge {
            let rule = "x-merge: \(merge.rawValue)"
            if isImmutable {
                throw storage.error(
                    place.mergeBlock, .merge,
                    "\(rule) has no effect on records that never change (x-immutable); remove one of the two")
            }
            if isKey {
                throw storage.error(
                    place.mergeBlock, .merge,
                    "\(rule) has no effect on the key field \(name), which is the same in every item of a record; remove it"
                )
            }
            if let kinds = merge.kinds, !kinds.contains(place.bson) {
                throw storage.error(
                    place.mergeBlock, .merge,
                    "\(rule) is for values stored as \(kinds.map(\.name).joined(separator: ", ")), and this one is stored as"
                        + " \(place.bson.name); correct type or x-bson")
            }
        }
        let list = place.elements.map { storage.places[$0] }
        if let own = place.reference, let other = list?.reference, own != other {
            throw storage.error(
                place.referenceBlock, .foreignKey, "x-ref: the elements of this list refer to \(other); keep one")
        }
        func text(_ keyword: String) -> String? {
            place.blocks.lazy.compactMap { block in
                storage.schema(of: block) { $0[keyword]?.string }
            }.first
        }
        return DefinitionField(
            name: name.description, bson: place.bson, isNullable: place.isNullable, isRequired: isRequired,
            isKey: isKey, isSecret: place.isSecret, reference: place.reference ?? list?.reference,
            referencePolicy: (place.reference == nil ? list?.policy : place.policy) ?? .none, merge: place.merge,
            rules: storage.schema(of: place.blocks[0]) { schema in
                schema.members.compactMap { $0.name.string }.filter { assertions.contains($0) }
            }, title: text("title"), description: text("description"))
    }
}
