internal import JSON
internal import Yams

/// Compiles `websocket:` of a source: where clients connect, and how they subscribe.
struct SocketCompiler {
    let reader: NodeReader
    let context: MappingContext

    func endpoint(_ node: Node) -> SocketEndpoint? {
        guard let options = reader.members(node, Language.webSocket, what: "'websocket'") else { return nil }
        let endpoints = EndpointCompiler(reader: reader, context: context)
        let listener = options["listener"].map { endpoints.listener($0) } ?? HTTPEndpoint.usualListener
        let path = options["path"].flatMap { endpoints.path($0) }
        let topic = options["topic"].flatMap { Self.topic($0, reader) }
        let origins = options["cors"].map { endpoints.origins($0) }
        let access = options["access"].flatMap { AccessCompiler(reader: reader).access($0) }
        let keep = options["keep"].flatMap { self.keep($0) }
        guard let topic, let listener, path != nil || options["path"] == nil else { return nil }
        var endpoint = SocketEndpoint(topic: topic, listener: listener, path: path)
        endpoint.origins = origins ?? []
        endpoint.access = access
        endpoint.keep = keep ?? SocketEndpoint.usualKeep
        return endpoint
    }

    static func topic(_ node: Node, _ reader: NodeReader) -> String? {
        guard let name = reader.text(node, what: "topic") else { return nil }
        guard SocketEndpoint.isTopic(name) else {
            reader.add(
                node, "topic-name",
                "topic: a topic's name has 1 to 64 letters, digits, '-' or '_', found '\(name.prefix(60))'")
            return nil
        }
        return name
    }

    private func keep(_ node: Node) -> Int64? {
        guard let milliseconds = reader.milliseconds(node, what: "keep", context: context) else { return nil }
        guard SocketEndpoint.keepRange.contains(milliseconds) else {
            reader.add(node, "duration", "keep: expected 1s to 1h; the store keeps pushes for an hour")
            return nil
        }
        return milliseconds
    }

    /// `members`: of the route.
    func subscription(_ members: NodeReader.Members) -> SubscriptionShape? {
        for other in [
            "when", "message", "definition", "to", "cases", "match", "versionField", "else", "respond", "read",
            "onError",
        ] {
            if let key = members.key(other) {
                reader.add(
                    key, "misplaced-field",
                    "a route with 'from: { websocket: … }' only serves what others push to its topic, so it has no"
                        + " '\(other):'")
            }
        }
        guard let node = members["from"]?.mapping?["websocket"]?.mapping?["subscribe"],
            let subscribe = reader.members(node, Language.subscribe, what: "'subscribe'")
        else { return nil }
        let pointsBefore = reader.branchPoints.count
        let values = ValueCompiler(reader: reader, context: context, slots: nil, parents: 0)
        let when = subscribe["when"].flatMap { ConditionCompiler(values: values).condition($0, what: "when") }
        let key = subscribe["key"].flatMap { values.value($0, what: "key") }
        let after = subscribe["after"].flatMap { values.value($0, what: "after") }
        let reply = subscribe["reply"].flatMap { self.reply($0, values) }
        guard let key else { return nil }
        return SubscriptionShape(
            when: when, key: key, after: after, reply: reply,
            branchPoints: Array(reader.branchPoints[pointsBefore...]))
    }

    private func reply(_ node: Node, _ values: ValueCompiler) -> (any Expression)? {
        let fields = reader.pairs(node, what: "reply", allowsEmpty: false).compactMap {
            name, key, value -> (name: String, value: any Expression)? in
            if name == Language.pushID { Self.refuseID(key, "reply", reader) }
            return values.value(value, what: "reply.\(name)").map { (name, $0) }
        }
        return fields.isEmpty ? nil : ObjectValue(fields)
    }

    /// The member that says where a client goes on.
    static func refuseID(_ node: Node, _ what: String, _ reader: NodeReader) {
        reader.add(
            node, "field-name",
            "\(what): the member '\(Language.pushID)' says where a client that comes back goes on; give yours another name"
        )
    }
}
