internal import JSON
internal import Mappings

/// A foreign message's text, shared by the shapes of a route: parsed as a whole, once, or, if it is large and the shape
/// allows it, window by window.
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

    /// The whole message, parsed.
    func document() throws(JSONSyntaxError) -> JSONDocument {
        if let whole { return whole }
        let document = try parser.parse(body)
        whole = document
        return document
    }

    /// The first window of a large message; nil if it must be parsed as a whole.
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
