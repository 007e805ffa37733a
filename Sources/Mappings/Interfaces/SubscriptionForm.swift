package import JSON

/// What clients of sockets send, and what they are answered.
package struct SubscriptionForm {
    /// The schema of a message that subscribes.
    package var message: JSONValue
    /// The schema of its answer.
    package var reply: JSONValue
    /// Parameters of the path or the query that the mapping reads.
    package var parameters: [String]

    package init(_ shape: SubscriptionShape) {
        var texts = TextDemands()
        if let when = shape.when { texts.require(when) }
        texts.read(
            shape.key, Want(isRequired: true, isNullable: false, isStrict: true, types: [.string, .number, .boolean]))
        if let after = shape.after { texts.read(after, Want(isStrict: true, types: [.string, .number, .boolean])) }
        var body = Demand(types: .object)
        for (path, demand) in texts.paths where path.base == .item || path.base == .root {
            body.add(demand, at: path.steps[...])
        }
        message = body.schema()
        parameters = texts.parameters.map(\.name)
        let usual: JSONValue = [
            "type": "object", "required": ["type", "key"],
            "properties": ["type": ["const": "subscribed"], "key": ["type": "string"]],
        ]
        guard let own = shape.reply.map({ ShownReader(place: { _ in .anything }).shown($0) }) else {
            reply = usual
            return
        }
        reply = own.mayBeMissing ? ["anyOf": [own.schema, usual]] : own.schema
    }
}
