import JSON

/// All known catalog definitions: built-in, integrator's and dynamic.
///
/// Immutable value: a caller keeps the table it started with while another replaces it.
package struct Catalogs: Sendable {
    /// Definitions, sorted by name.
    package let all: [Definition]
    private let names: NameTable
    private let orderGroups: OrderGroups

    package init(_ definitions: [Definition]) {
        all = definitions.sorted { $0.catalog < $1.catalog }
        names = NameTable(all.map(\.catalog))
        orderGroups = OrderGroups(all)
    }

    /// The catalogs shipped with the gateway.
    package static func builtin() throws(SchemaError) -> Catalogs {
        let parser = JSONParser()
        let registry = SchemaRegistry()
        var definitions: [Definition] = []
        for file in EmbeddedFile.definitions {
            let document = try DefinitionFile.parse(file.bytes, name: file.name, with: parser)
            definitions.append(try Definition.compile(document, file: file.name, registry: registry))
        }
        return Catalogs(definitions)
    }

    /// The definition of a catalog, or nil.
    package subscript(catalog: UnsafeBufferPointer<UInt8>) -> Definition? { names.find(catalog).map { all[$0] } }

    /// The definition of a catalog, or nil.
    package subscript(catalog: String) -> Definition? {
        var catalog = catalog
        return catalog.withUTF8 { self[$0] }
    }

    /// The order group of a catalog. Messages of all catalogs of a group are applied in the order received; most
    /// catalogs are a group of their own.
    package func orderGroup(of catalog: String) -> String { orderGroups.group(of: catalog) }

    /// The known name with the smallest edit distance; nil if none is close.
    package func nearest(to name: String) -> String? {
        let known = all.map(\.catalog)
        // The prefix "catalog" is often left out.
        return Spelling.nearest(to: name, in: known) ?? Spelling.nearest(to: CatalogName.prefix + name, in: known)
    }
}
