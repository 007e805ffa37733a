internal import Contracts
internal import JSON
internal import Mappings

extension LargeMessage {
    /// The next window, starting at an item number.
    func window(from item: Int) -> (place: LargeMessage, window: JSONWindow) {
        let window = JSONWindow(of: text, at: next, within: limits.window)
        var place = self
        place.firstItem = item
        place.firstElement = endElement
        place.count = window.count
        place.next = window.next
        return (place, window)
    }

    /// The elements of a window as an array.
    func array(_ window: JSONWindow, _ parser: JSONParser) -> JSONDocument {
        let elements = text[window.bytes]
        // An item that takes more as a record is not even parsed.
        let isTooLarge = window.storedBytes > StoreBounds.documentBytes || elements.count > limits.itemBytes
        if window.count == 1, isTooLarge {
            return .unread(element: elements)
        }
        return Self.parsed([[UInt8(ascii: "[")], elements, [UInt8(ascii: "]")]], parser)
    }

    /// The message with only the elements of a window.
    func message(_ window: JSONWindow, _ parser: JSONParser) -> JSONDocument {
        Self.parsed([text[..<items.lowerBound], text[window.bytes], text[items.upperBound...]], parser)
    }

    private static func parsed(_ pieces: [ArraySlice<UInt8>], _ parser: JSONParser) -> JSONDocument {
        var text: [UInt8] = []
        text.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
        for piece in pieces { text.append(contentsOf: piece) }
        // The whole message was validated before.
        guard let document = try? parser.parse(text) else {
            preconditionFailure("a window of a valid message is not JSON")
        }
        return document
    }
}

extension CatalogMessage {
    /// The message with its next items, starting at an item number; nil at the end.
    func nextWindow(
        from item: Int, _ parser: JSONParser, _ facts: @autoclosure () -> MessageFacts, _ mapper: () -> MessageMapper
    )
        -> CatalogMessage?
    {
        guard let large, large.endElement < large.elementCount else { return nil }
        let (place, window) = large.window(from: item)
        guard let shape, let origin else {
            return with(place, place.array(window, parser), itemsNode: 0, paramsNode: paramsNode, origin: nil)
        }
        var at = ItemWindow()
        at.firstElement = place.firstElement
        at.firstItem = item
        at.skipped = origin.skipped
        at.columnOrder = origin.columnOrder
        let document = place.message(window, parser)
        switch mapper().proceed(document, with: shape, facts: facts(), key: place.key, at: at) {
        case .asTheyAre(let node, let items):
            let params = document.withRoot { $0["params"]?.index }
            return with(place, document, itemsNode: node, paramsNode: params, origin: items)
        case .items(let body, let items):
            let mapped = LargeMessage.mapped(body, parser)
            let node = mapped.withRoot { ($0["items"] ?? $0).index }
            return with(place, mapped, itemsNode: node, paramsNode: nil, origin: items)
        }
    }

    /// Whether there are items beyond ``document``.
    var hasFurtherWindow: Bool { large.map { $0.endElement < $0.elementCount } ?? false }

    private func with(
        _ place: LargeMessage, _ document: JSONDocument, itemsNode: Int, paramsNode: Int?, origin: ForeignItems?
    ) -> CatalogMessage {
        CatalogMessage(
            companyId: companyId, definition: definition, document: document, itemsNode: itemsNode,
            itemCount: itemCount, paramsNode: paramsNode, orderGroup: orderGroup, references: references,
            origin: origin, shape: shape, further: further, large: place)
    }

    /// The first window of a large message.
    init(
        _ envelope: CatalogMessage, of text: [UInt8], _ outline: JSONOutline, items: Range<Int>, limits: Limits,
        _ parser: JSONParser
    ) {
        let large = LargeMessage(text: text, envelope: envelope.document, outline, items: items, limits: limits)
        let whole = CatalogMessage(
            companyId: envelope.companyId, definition: envelope.definition, document: envelope.document,
            itemsNode: envelope.itemsNode, itemCount: outline.count, paramsNode: envelope.paramsNode,
            orderGroup: envelope.orderGroup, references: envelope.references, large: large)
        guard outline.count > 0 else {
            self = whole
            return
        }
        let (place, window) = large.window(from: 0)
        self = whole.with(
            place, place.array(window, parser), itemsNode: 0, paramsNode: envelope.paramsNode, origin: nil)
    }
}

extension LargeMessage {
    /// Parses a mapper's output.
    static func mapped(_ body: [UInt8], _ parser: JSONParser) -> JSONDocument {
        guard let document = try? parser.parse(body) else { preconditionFailure("a mapper wrote no JSON") }
        return document
    }
}
