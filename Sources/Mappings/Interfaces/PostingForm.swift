package import JSON
package import Schemas

/// What the messages of a posting look like.
package struct PostingForm {
    package enum Payload {
        /// A catalog message with one item.
        case catalog
        case schema(JSONValue)
    }

    package var payload: Payload
    /// Headers that the mapping sets.
    package var headers: [JSONValue.Member]
    /// The routing key, if it is always the same.
    package var routingKey: String?
}

extension PostingShape {
    /// `definition`: of the items that are posted; nil if they are not known.
    package func form(of definition: Definition?) -> PostingForm {
        let reader = ShownReader { path in
            guard path.steps.count == 1, case .name(let name) = path.steps[0] else { return .anything }
            switch path.base {
            case .item: return definition?.shown(given: name.description) ?? .anything
            case .stored:
                var shown = definition?.shown(stored: name.description) ?? .anything
                (shown.mayBeNull, shown.mayBeMissing) = (true, true)
                shown.keywords.removeAll { $0.name == "format" }
                return shown
            case .root, .parent: return .anything
            }
        }
        let payload: PostingForm.Payload =
            switch body {
            case .catalog: .catalog
            case .item: .schema(Self.item(of: definition))
            case .value(let value): .schema(reader.shown(value).schema)
            }
        return PostingForm(
            payload: payload,
            headers: headers.map { header in
                // Each is a text, whatever it is made of.
                let constant = constantHeaders.first { $0.name == header.name }?.value
                return .init(
                    header.name, constant.map { ["type": "string", "const": .text($0)] } ?? ["type": "string"])
            }, routingKey: routingKey == nil ? "" : fixedRoutingKey)
    }

    private static func item(of definition: Definition?) -> JSONValue {
        guard let definition else { return ["type": "object"] }
        let fields = definition.fields.map { (name: $0.name, shown: definition.shown(given: $0.name)) }
        return .object([.init("type", "object")] + ShownReader.keywords(of: fields, fillsNull: false))
    }
}
