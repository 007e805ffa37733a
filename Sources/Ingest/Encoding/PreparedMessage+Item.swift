internal import JSON
internal import Mappings
internal import Schemas

extension PreparedMessage {
    /// A catalog message with only this item, as mapped.
    func envelope(item: Int?) -> [UInt8] {
        guard let item, case .catalog(let catalog) = message.content else { return Array("{}".utf8) }
        return withItem(item) { node in
            node.map {
                PostingMaker.envelope($0, companyId: catalog.companyId, catalog: catalog.definition.catalog)
            } ?? Array("{}".utf8)
        }
    }

    /// Lends an item, as mapped; nil where it is not there.
    func withItem<Result>(_ item: Int, _ body: (JSONNode?) -> Result) -> Result {
        guard case .catalog(let catalog) = message.content else { return body(nil) }
        return catalog.document.withNode(catalog.itemsNode) { array in
            body(array.elements.dropFirst(item - catalog.firstItem).first { _ in true })
        }
    }
}
