import Documents

/// All catalogs that are known: those that ship with the gateway, an integrator's, and dynamic ones.
///
/// A value: whoever began with one table finishes with it while another takes its place.
package struct Catalogs: Sendable {
    /// The definitions in order of their names.
    package let all: [Definition]
    private let names: NameTable
    private let orderGroups: OrderGroups

    package init(_ definitions: [Definition]) {
        all = definitions.sorted { $0.catalog < $1.catalog }
        names = NameTable(all.map(\.catalog))
        orderGroups = OrderGroups(all)
    }

    /// The catalogs that ship with the gateway.
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

    /// Messages of catalogs of one group must keep their order; mostly a catalog is a group of its own.
    package func orderGroup(of catalog: String) -> String { orderGroups.group(of: catalog) }

    /// The known name that is spelled most like this one; nil where none is near.
    package func nearest(to name: String) -> String? {
        let known = all.map(\.catalog)
        // Many leave the word "catalog" out.
        return Spelling.nearest(to: name, in: known) ?? Spelling.nearest(to: CatalogName.prefix + name, in: known)
    }
}
