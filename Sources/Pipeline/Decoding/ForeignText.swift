internal import Documents
internal import Mappings

/// A message of a foreign shape as the shapes of a route look at it: parsed as a whole, once, or, where it is large and the
/// shape allows it, a window at a time.
final class ForeignText {
    let body: [UInt8]
    private let limits: Limits
    private let parser: JSONParser
    private var whole: JSONDocument?

    init(_ body: [UInt8], limits: Limits, _ parser: JSONParser) {
        self.body = body
        self.limits = limits
        self.parser = parser
    }

    /// All of it, as a document.
    func document() throws(JSONSyntaxError) -> JSONDocument {
        if let whole { return whole }
        let document = try parser.parse(body)
        whole = document
        return document
    }

    /// The first window of a large message; nil where it must be looked at as a whole.
    func firstWindow(_ shape: MessageShape) throws(JSONSyntaxError) -> (place: LargeMessage, document: JSONDocument)? {
        guard body.count > limits.wholeMappedBytes, let path = shape.windowPath else { return nil }
        let outline = try JSONOutline(of: body, arrayAt: path)
        guard let items = outline.elements, outline.count > 0, body.count - items.count <= limits.envelopeBytes
        else { return nil }
        let (place, window) = LargeMessage(text: body, envelope: nil, outline, items: items, limits: limits)
            .window(from: 0)
        return (place, place.message(window, parser))
    }
}
