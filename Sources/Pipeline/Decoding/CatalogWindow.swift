internal import Documents

extension CatalogMessage {
    /// The same message with its next items; nil where there are none.
    func nextWindow(_ parser: JSONParser) -> CatalogMessage? {
        guard let large, large.firstItem + large.count < itemCount else { return nil }
        return window(of: large, from: large.firstItem + large.count, parser)
    }

    /// The items from that one on, which begins at `large.next`.
    private func window(of large: LargeMessage, from item: Int, _ parser: JSONParser) -> CatalogMessage {
        let window = JSONWindow(of: large.text, at: large.next, within: large.limits.window)
        var place = large
        place.firstItem = item
        place.count = window.count
        place.next = window.next
        return CatalogMessage(
            companyId: companyId, definition: definition, document: Self.document(of: window, large, parser),
            itemsNode: 0, itemCount: itemCount, paramsNode: paramsNode, orderGroup: orderGroup, references: references,
            large: place)
    }

    private static func document(of window: JSONWindow, _ large: LargeMessage, _ parser: JSONParser) -> JSONDocument {
        let text = large.text[window.bytes]
        if window.count == 1, window.storedBytes > large.limits.documentBytes || text.count > large.limits.itemBytes {
            return .unread(element: text)
        }
        var array: [UInt8] = []
        array.reserveCapacity(text.count + 2)
        array.append(UInt8(ascii: "["))
        array.append(contentsOf: text)
        array.append(UInt8(ascii: "]"))
        // All of the text was found sound before.
        guard let document = try? parser.parse(array) else { preconditionFailure("a window of sound items is no JSON") }
        return document
    }

    /// The first window of a large message.
    init(
        _ envelope: CatalogMessage, of text: [UInt8], _ outline: JSONOutline, items: Range<Int>, limits: Limits,
        _ parser: JSONParser
    ) {
        let large = LargeMessage(
            text: text, envelope: envelope.document, items: items, limits: limits, next: items.lowerBound)
        let whole = CatalogMessage(
            companyId: envelope.companyId, definition: envelope.definition, document: envelope.document,
            itemsNode: envelope.itemsNode, itemCount: outline.count, paramsNode: envelope.paramsNode,
            orderGroup: envelope.orderGroup, references: envelope.references, large: large)
        self = outline.count == 0 ? whole : whole.window(of: large, from: 0, parser)
    }
}
