package import Documents

/// A catalog's definition, compiled: what its records are called, how they are stored, and three programs to check items.
package final class Definition: Sendable {
    /// Which program an item is checked with.
    package enum Program: Sendable {
        /// Everything as written: for I, and for IU that inserts.
        case complete
        /// Only the key is required, and every other property may also be null: for U, and for IU that updates.
        case partial
        /// Only the key's properties are looked at: for D.
        case keyOnly
    }

    /// Name as messages give it: `catalogCard`.
    package let catalog: String
    /// Collection that the records are stored in: `card`.
    package let collection: String
    /// Names of the properties that identify a record, in order.
    package let key: [String]
    /// The properties that the definition names at the top level, in order.
    package let fields: [DefinitionField]
    /// Whether other properties are kept, too.
    package let allowsUnknownFields: Bool
    /// Whether any of its strings becomes something else in the store: a date or an ObjectId.
    package let convertsStrings: Bool
    package let title: String?
    package let description: String?
    /// The file it came from, as it was named.
    package let file: String

    private let names: NameTable
    private let kinds: [BSONKind]
    private let inside: StoredForm?
    private let complete: SchemaProgram
    private let partial: SchemaProgram
    private let keyOnly: SchemaProgram

    private init(
        _ header: DefinitionHeader, fields: [DefinitionField], inside: StoredForm?, file: String,
        complete: SchemaProgram, partial: SchemaProgram, keyOnly: SchemaProgram
    ) {
        catalog = header.catalog
        collection = header.collection
        key = header.key
        self.fields = fields
        allowsUnknownFields = header.allowsUnknownFields
        title = header.title
        description = header.description
        self.file = file
        names = NameTable(fields.map(\.name))
        kinds = fields.map(\.bson)
        self.inside = inside
        convertsStrings = fields.contains { $0.bson == .date || $0.bson == .objectId }
        self.complete = complete
        self.partial = partial
        self.keyOnly = keyOnly
    }

    private init(_ other: Definition, collection: String) {
        catalog = other.catalog
        self.collection = collection
        key = other.key
        fields = other.fields
        allowsUnknownFields = other.allowsUnknownFields
        title = other.title
        description = other.description
        file = other.file
        names = other.names
        kinds = other.kinds
        inside = other.inside
        convertsStrings = other.convertsStrings
        complete = other.complete
        partial = other.partial
        keyOnly = other.keyOnly
    }

    /// The same definition for records in another collection.
    package func stored(in collection: String) -> Definition { Definition(self, collection: collection) }

    /// Whether this is the other one, or the other one for another collection.
    package func isMade(of other: Definition) -> Bool { complete.code === other.complete.code }

    /// The number in ``fields`` of the property with that name, or nil. Costs a few nanoseconds.
    package func fieldIndex(named name: UnsafeBufferPointer<UInt8>) -> Int? { names.find(name) }

    /// What the store makes of the property with that name: ``BSONKind/any`` where the definition does not name it.
    package func bson(named name: UnsafeBufferPointer<UInt8>) -> BSONKind { names.find(name).map { kinds[$0] } ?? .any }

    /// What the store makes of the values inside an object or a list; nil where they speak for themselves, as mostly.
    package func form(named name: UnsafeBufferPointer<UInt8>) -> StoredForm? { inside?.member(named: name) }

    /// The property with that name, or nil.
    package func field(named name: UnsafeBufferPointer<UInt8>) -> DefinitionField? {
        names.find(name).map { fields[$0] }
    }

    /// Names of fields whose values are not to be shown, at whatever depth they stand.
    package var secretNames: Set<String> { program(.complete).code.secretNames }

    /// The program itself.
    package func program(_ program: Program) -> SchemaProgram {
        switch program {
        case .complete: complete
        case .partial: partial
        case .keyOnly: keyOnly
        }
    }

    /// Whether an item satisfies a program. The item's member `operation` is not looked at.
    package func isValid(_ item: JSONNode, as program: Program) -> Bool {
        // Each where it is: a program handed around is retained and released.
        switch program {
        case .complete: complete.isValid(item)
        case .partial: partial.isValid(item)
        case .keyOnly: keyOnly.isValid(item)
        }
    }

    /// All ways in which an item breaks a program; none where it satisfies it. The item's member `operation` is not looked
    /// at.
    ///
    /// - Parameters:
    ///   - base: the item's place in the message.
    ///   - limit: the most violations that are told.
    package func validate(
        _ item: JSONNode, as program: Program, at base: JSONPointer = "", limit: Int = 20
    ) -> [Violation] {
        self.program(program).validate(item, at: base, limit: limit)
    }

    /// Compiles the definition of one catalog.
    ///
    /// Checks what the engine and the store depend on, not that the whole file keeps to the meta-schema of definitions;
    /// ``Catalogs/adding(files:)`` does both.
    ///
    /// - Parameter registry: what the definition may refer to besides itself.
    package static func compile(
        _ document: JSONDocument, file: String, registry: SchemaRegistry = SchemaRegistry()
    ) throws(SchemaError) -> Definition {
        var registry = registry
        let uri = uri(ofFile: file)
        try registry.add(document, retrievalURI: uri, file: file)
        return try compile(document, file: file, uri: uri, in: registry)
    }

    /// What a definition's file goes by besides its `$id`.
    static func uri(ofFile file: String) -> String { "urn:promo-gateway:file:" + SchemaURI.encodingForPath(file) }

    /// Compiles a definition that the registry has already.
    static func compile(
        _ document: JSONDocument, file: String, uri: String, in registry: SchemaRegistry
    ) throws(SchemaError) -> Definition {
        guard let number = registry.resource(named: uri) else {
            throw SchemaError(.unresolvedReference, "no schema is known by \(uri)", file: file)
        }
        let resource = registry.resources[number]
        let header = try DefinitionHeader(registry.documents[resource.document])
        var compiler = SchemaCompiler(registry: registry, assertsFormats: true)
        let scope = SchemaScope(document: resource.document, node: resource.root, resource: number)
        let complete = try compiler.root(scope, shape: .asWritten)
        let partial = try compiler.root(scope, shape: .partial(key: header.key))
        let keyOnly = try compiler.root(scope, shape: .keyOnly(key: header.key))
        let code = try compiler.finish()
        let program = SchemaProgram(code, entry: complete, hidesOperation: true)
        let fields = try DefinitionField.all(of: header, in: registry.documents[resource.document], program)
        return Definition(
            header, fields: fields, inside: document.withRoot { StoredForm($0) }, file: file, complete: program,
            partial: SchemaProgram(code, entry: partial, hidesOperation: true),
            keyOnly: SchemaProgram(code, entry: keyOnly, hidesOperation: true))
    }
}
