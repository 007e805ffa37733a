package import JSON

/// A compiled catalog definition: names, storage, and three validation programs.
package final class Definition: Sendable {
    /// Selects the validation program of an operation.
    package enum Program: Sendable {
        /// The schema as written: for I, and for IU that inserts.
        case complete
        /// Only the key is required and every other property may be null: for U, and for IU that updates.
        case partial
        /// Only the key's properties are validated: for D.
        case keyOnly
    }

    /// The catalog's name in messages: `catalogCard`.
    package let catalog: String
    /// The collection its records are stored in: `card`.
    package let collection: String
    /// Names of the properties that form a record's key, in order.
    package let key: [String]
    /// Whether records are only inserted, and never changed or deleted.
    package let isImmutable: Bool
    /// Top-level properties of the definition, in order.
    package let fields: [DefinitionField]
    /// Whether properties that the definition does not name are stored.
    package let allowsUnknownFields: Bool
    /// Whether any string is stored as a date or an ObjectId.
    package let convertsStrings: Bool
    package let title: String?
    package let description: String?
    /// File name, for messages.
    package let file: String

    private let names: NameTable
    private let kinds: [BSONKind]
    /// By field; empty if none has one.
    private let rules: [DefinitionField.Merge?]
    private let inside: StoredForm?
    private let complete: SchemaProgram
    private let partial: SchemaProgram
    private let keyOnly: SchemaProgram

    private init(
        _ header: DefinitionHeader, fields: [DefinitionField], allowsUnknownFields: Bool, inside: StoredForm?,
        file: String,
        complete: SchemaProgram, partial: SchemaProgram, keyOnly: SchemaProgram
    ) {
        catalog = header.catalog
        collection = header.collection
        key = header.key
        isImmutable = header.isImmutable
        self.fields = fields
        self.allowsUnknownFields = allowsUnknownFields
        title = header.title
        description = header.description
        self.file = file
        names = NameTable(fields.map(\.name))
        kinds = fields.map(\.bson)
        self.inside = inside
        convertsStrings = fields.contains { $0.bson == .date || $0.bson == .objectId }
        rules = fields.contains { $0.merge != nil } ? fields.map(\.merge) : []
        self.complete = complete
        self.partial = partial
        self.keyOnly = keyOnly
    }

    private init(_ other: Definition, collection: String) {
        catalog = other.catalog
        self.collection = collection
        key = other.key
        isImmutable = other.isImmutable
        fields = other.fields
        allowsUnknownFields = other.allowsUnknownFields
        title = other.title
        description = other.description
        file = other.file
        names = other.names
        kinds = other.kinds
        inside = other.inside
        convertsStrings = other.convertsStrings
        rules = other.rules
        complete = other.complete
        partial = other.partial
        keyOnly = other.keyOnly
    }

    /// Returns the same definition with another target collection.
    package func stored(in collection: String) -> Definition { Definition(self, collection: collection) }

    /// Whether both share one compiled program, whatever their collections.
    package func isMade(of other: Definition) -> Bool { complete.code === other.complete.code }

    /// Index in ``fields`` of a property, or nil. Takes a few nanoseconds.
    package func fieldIndex(named name: UnsafeBufferPointer<UInt8>) -> Int? { names.find(name) }

    /// BSON kind of a property; ``BSONKind/any`` if the definition does not name it.
    package func bson(named name: UnsafeBufferPointer<UInt8>) -> BSONKind { names.find(name).map { kinds[$0] } ?? .any }

    /// Whether any field is merged with the stored one.
    package var merges: Bool { !rules.isEmpty }

    /// How a property is merged with the stored one; nil if it replaces that.
    package func merge(named name: UnsafeBufferPointer<UInt8>) -> DefinitionField.Merge? {
        rules.isEmpty ? nil : names.find(name).flatMap { rules[$0] }
    }

    /// Stored types inside an object or array property; nil (the usual case) if they follow from the values.
    package func form(named name: UnsafeBufferPointer<UInt8>) -> StoredForm? { inside?.member(named: name) }

    /// The property with that name, or nil.
    package func field(named name: UnsafeBufferPointer<UInt8>) -> DefinitionField? {
        names.find(name).map { fields[$0] }
    }

    /// Names of secret fields, at any depth; their values are not shown.
    package var secretNames: Set<String> { program(.complete).code.secretNames }

    /// Whether a value that was given for a field may be shown. Not if the field may have secret members, nor the value
    /// of a whole item (nil).
    package func isShown(_ field: String?) -> Bool {
        if secretNames.isEmpty { return true }
        guard let field, !secretNames.contains(field) else { return false }
        return switch fields.first(where: { $0.name == field })?.bson {
        case nil, .any, .object, .array: false
        default: true
        }
    }

    /// The definition file's text.
    package var text: String { document.json.withRoot { String(decoding: $0.rawText, as: UTF8.self) } }

    var document: SchemaDocument {
        complete.code.documents[Int(complete.code.blocks[Int(complete.entry)].document)]
    }

    /// Returns the validation program.
    package func program(_ program: Program) -> SchemaProgram {
        switch program {
        case .complete: complete
        case .partial: partial
        case .keyOnly: keyOnly
        }
    }

    /// Whether an item satisfies a program. Ignores the item's member `operation`.
    package func isValid(_ item: JSONNode, as program: Program) -> Bool {
        // Called in place: passing a program around would retain and release it.
        switch program {
        case .complete: complete.isValid(item)
        case .partial: partial.isValid(item)
        case .keyOnly: keyOnly.isValid(item)
        }
    }

    /// Collects an item's violations of a program; empty if it is valid. Ignores the item's member `operation`.
    ///
    /// - Parameters:
    ///   - base: the item's JSON Pointer in the message.
    ///   - limit: maximum number of violations.
    package func validate(
        _ item: JSONNode, as program: Program, at base: JSONPointer = "", limit: Int = 20
    ) -> [Violation] {
        self.program(program).validate(item, at: base, limit: limit)
    }

    /// Compiles the definition of one catalog.
    ///
    /// Checks what the engine and the store depend on. ``Catalogs/adding(files:)`` also validates the whole file
    /// against the meta-schema of definitions.
    ///
    /// - Parameter registry: resources that the definition may refer to.
    package static func compile(
        _ document: JSONDocument, file: String, registry: SchemaRegistry = SchemaRegistry()
    ) throws(SchemaError) -> Definition {
        var registry = registry
        let uri = uri(ofFile: file)
        try registry.add(document, retrievalURI: uri, file: file)
        return try compile(document, file: file, uri: uri, in: registry)
    }

    /// URI of a definition file, used besides its `$id`.
    static func uri(ofFile file: String) -> String { "urn:promo-gateway:file:" + SchemaURI.encodingForPath(file) }

    /// Compiles a definition that is already in the registry.
    static func compile(
        _ document: JSONDocument, file: String, uri: String, in registry: SchemaRegistry
    ) throws(SchemaError) -> Definition {
        guard let number = registry.resource(named: uri) else {
            throw SchemaError(.unresolvedReference, "no schema is known by \(uri)", file: file)
        }
        let resource = registry.resources[number]
        let header = try DefinitionHeader(registry.documents[resource.document])
        let misspelled = KeywordSpelling(document: registry.documents[resource.document]).find().errors
        if let first = misspelled.first { throw first }
        var compiler = SchemaCompiler(registry: registry, assertsFormats: true)
        let scope = SchemaScope(document: resource.document, node: resource.root, resource: number)
        let complete = try compiler.root(scope, shape: .asWritten)
        let partial = try compiler.root(scope, shape: .partial(key: header.key, isRoot: true))
        let keyOnly = try compiler.root(scope, shape: .keyOnly(key: header.key, isRoot: true))
        let code = try compiler.finish()
        let program = SchemaProgram(code, entry: complete, hidesOperation: true)
        var storage = StorageReader(code)
        try storage.read(complete)
        let record = try RecordFields(header, storage, in: registry.documents[resource.document])
        return Definition(
            header, fields: record.fields, allowsUnknownFields: record.allowsOthers, inside: storage.forms(),
            file: file, complete: program,
            partial: SchemaProgram(code, entry: partial, hidesOperation: true),
            keyOnly: SchemaProgram(code, entry: keyOnly, hidesOperation: true))
    }
}
