import JSON

/// The catalog-level keywords of a definition, parsed and checked.
struct DefinitionHeader {
    let catalog: String
    let collection: String
    let key: [String]
    let isImmutable: Bool
    let title: String?
    let description: String?

    static let dialect = "urn:promo-gateway:definition:1"
    /// Reserved collection names.
    static let reservedCollections: Set<String> = ["configuration", "dynamicField"]
    /// Reserved member names: a definition must not declare them.
    static let reservedFields: Set<ByteString> = ["operation", "_id", "companyId"]

    init(_ document: SchemaDocument) throws(SchemaError) {
        self = try document.json.withRoot { root throws(SchemaError) in
            try DefinitionHeader(root, document)
        }
    }

    private init(_ root: JSONNode, _ document: SchemaDocument) throws(SchemaError) {
        func fail(_ message: String, _ node: JSONNode?) -> SchemaError {
            document.error(.invalidDefinition, message, at: node?.index ?? root.index)
        }
        guard root.isObject else { throw fail("a definition is an object", nil) }
        guard root["$schema"]?.string == Self.dialect else {
            throw fail("a definition begins with \"$schema\": \"\(Self.dialect)\"", root["$schema"])
        }
        guard let catalog = root["x-catalog"]?.string else {
            throw fail("a definition names its catalog: \"x-catalog\": \"catalogCard\"", root["x-catalog"])
        }
        guard CatalogName.isCatalog(catalog) else {
            throw fail(
                "a catalog's name is \"catalog\" and then 1 to 57 letters, digits, _ or -", root["x-catalog"])
        }
        self.catalog = catalog
        let collection = root["x-collection"].map { $0.string ?? "" } ?? CatalogName.collection(of: catalog)
        guard CatalogName.isCollection(collection), !Self.reservedCollections.contains(collection) else {
            throw fail(
                "the collection \(FoundPhrase.quoted(collection)) cannot hold a catalog; name another with x-collection: "
                    + "a small letter or a digit, then up to 63 letters, digits, _ or -",
                root["x-collection"] ?? root["x-catalog"])
        }
        self.collection = collection
        title = root["title"]?.string
        description = root["description"]?.string
        guard root["type"]?.string == "object" else {
            throw fail("a definition describes objects: \"type\": \"object\"", root["type"])
        }
        key = try Self.key(root, fail)
        isImmutable = root["x-immutable"]?.bool ?? false
        if let node = root["x-immutable"], node.bool == nil { throw fail("x-immutable must be true or false", node) }
        guard let properties = root["properties"], properties.isObject else {
            throw fail("a definition has its fields in \"properties\"", root["properties"])
        }
        for (name, _) in properties.members where !Self.isFieldName(ByteString(copying: name.utf8)) {
            throw fail("no field can be named \(FoundPhrase.quoted(name)): the name has another meaning", name)
        }
    }

    private static func key(
        _ root: JSONNode, _ fail: (String, JSONNode?) -> SchemaError
    ) throws(SchemaError) -> [String] {
        guard let value = root["x-key"], value.isArray, value.count > 0, value.elements.allSatisfy(\.isString) else {
            throw fail("a definition names its key: \"x-key\": [\"code\"]", root["x-key"])
        }
        let key = value.elements.compactMap(\.string)
        guard Set(key).count == key.count else { throw fail("a field is in the key twice", value) }
        return key
    }

    /// Rejects reserved names and names that MongoDB cannot store.
    static func isFieldName(_ name: ByteString) -> Bool {
        let bytes = name.bytes
        return !bytes.isEmpty && bytes.first != UInt8(ascii: "$") && !bytes.contains(UInt8(ascii: "."))
            && !bytes.contains(0) && !reservedFields.contains(name)
    }
}
