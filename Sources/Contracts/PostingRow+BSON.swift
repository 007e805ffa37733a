package import JSON
package import BSON

extension PostingRow {
    /// Writes all fields; missing ones are null.
    package func append(to writer: inout BSONWriter) {
        writer.append("_id", string: id)
        writer.append("state", string: state.rawValue)
        writer.append("origin", string: origin.rawValue)
        writer.append("name", string: name)
        target.appendPlace(to: &writer)
        writer.append("messageId", string: messageId)
        writer.append("type", string: type)
        if let correlationId {
            writer.append("correlationId", bytes: correlationId)
        } else {
            writer.append("correlationId", null: ())
        }
        if let sender { writer.append("properties", document: { sender.append(to: &$0) }) }
        writer.append(
            "headers", document: { inner in for header in headers { header.append(to: &inner, depth: 0) } })
        body.withUnsafeBytes { writer.append("body", binary: $0) }
        writer.append("version", string: version)
        writer.append("registeredAt", date: registeredAt)
        if let expiresAt { writer.append("expiresAt", date: expiresAt) }
        appendProgress(to: &writer)
    }

    /// The fields that change with each try: for a `$set` besides `state`.
    package func appendProgress(to writer: inout BSONWriter) {
        writer.append("attempts", int64: Int64(attempts))
        if let failedSince {
            writer.append("failedSince", date: failedSince)
        } else {
            writer.append("failedSince", null: ())
        }
        if let nextTryAt { writer.append("nextTryAt", date: nextTryAt) } else { writer.append("nextTryAt", null: ()) }
        writer.append("reason", string: reason)
    }

    /// Nil if the document is not a posting.
    package init?(bson document: UnsafeRawBufferPointer) {
        let fields = BSONElements(document)
        guard let id = fields.first(named: "_id")?.byteString,
            let state = fields.first(named: "state")?.text.flatMap({ State(rawValue: $0) }),
            let origin = fields.first(named: "origin")?.text.flatMap({ Origin(rawValue: $0) }),
            let name = fields.first(named: "name")?.text,
            let target = fields.first(named: "target")?.elements.flatMap({ PostingTarget(bson: $0) }),
            let body = fields.first(named: "body")?.binary
        else { return nil }
        self.init(
            id: id, origin: origin, name: name, target: target, body: Array(body),
            registeredAt: fields.first(named: "registeredAt")?.date ?? 0)
        self.state = state
        messageId = fields.first(named: "messageId")?.byteString
        type = fields.first(named: "type")?.text
        correlationId = fields.first(named: "correlationId").flatMap(MessageProperties.bytes)
        sender = fields.first(named: "properties")?.elements.map { MessageProperties($0) }
        headers = fields.first(named: "headers")?.elements.map { $0.map { MessageProperties.Header($0) } } ?? []
        version = fields.first(named: "version")?.byteString ?? ""
        expiresAt = fields.first(named: "expiresAt")?.date
        attempts = Int(fields.first(named: "attempts")?.integer ?? 0)
        failedSince = fields.first(named: "failedSince")?.date
        nextTryAt = fields.first(named: "nextTryAt")?.date
        reason = fields.first(named: "reason")?.text
    }
}

extension PostingTarget {
    /// The fields of a row that give its destination.
    package func appendPlace(to writer: inout BSONWriter) {
        writer.append("target", document: { append(to: &$0) })
        writer.append("destination", string: description)
    }

    fileprivate func append(to writer: inout BSONWriter) {
        switch self {
        case .amqp(let exchange, let routingKey):
            writer.append("kind", string: "amqp")
            writer.append("exchange", string: exchange)
            writer.append("routingKey", string: routingKey)
        case .file(let path):
            writer.append("kind", string: "file")
            writer.append("path", string: path)
        case .log: writer.append("kind", string: "log")
        case .webSocket(let topic, let key):
            writer.append("kind", string: "webSocket")
            writer.append("topic", string: topic)
            writer.append("key", string: key)
        }
    }

    fileprivate init?(bson fields: BSONElements) {
        func text(_ name: StaticString) -> String { fields.first(named: name)?.text ?? "" }
        switch text("kind") {
        case "amqp": self = .amqp(exchange: text("exchange"), routingKey: text("routingKey"))
        case "file": self = .file(path: text("path"))
        case "log": self = .log
        case "webSocket": self = .webSocket(topic: text("topic"), key: text("key"))
        default: return nil
        }
    }
}

extension PostingRow {
    /// The message to publish, if it goes to a broker.
    package var posting: Posting? {
        guard case .amqp(let exchange, let routingKey) = target else { return nil }
        var properties = sender?.sentAgain ?? ownProperties
        properties.isPersistent = true
        properties.messageId = messageId
        properties.headers = headers
        var posting = Posting(exchange: exchange, routingKey: routingKey, body: body, properties: properties)
        // RabbitMQ returns a mandatory message to such a name, although it delivers it.
        posting.isMandatory = !(exchange.isEmpty && routingKey.hasPrefix("amq.rabbitmq.reply-to"))
        return posting
    }

    private var ownProperties: MessageProperties {
        var properties = MessageProperties()
        properties.contentType = "application/json"
        properties.type = type.map { ByteString($0) }
        properties.correlationId = correlationId
        properties.appId = Self.application
        properties.timestamp = UInt64(max(0, registeredAt) / 1000)
        return properties
    }

    /// `app-id` of the gateway's own messages.
    package static let application: ByteString = "promo-gateway"
    /// AMQP `type` of results.
    package static let resultType = "result"
}

extension MessageProperties {
    /// Without properties that must not be repeated: a replay must not expire, and the broker accepts only the
    /// connection's user-id.
    fileprivate var sentAgain: MessageProperties {
        var properties = self
        properties.expiration = nil
        properties.userId = nil
        return properties
    }
}
