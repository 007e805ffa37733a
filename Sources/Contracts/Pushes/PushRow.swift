package import BSON
package import JSON

/// A row of `gateway.pushes`: a message for the sockets of a key.
///
/// Written in its batch's transaction. Every gateway follows the collection, and sends what was committed to its own sockets;
/// rows are never changed, and the store removes them after ``lifetime``.
package struct PushRow: Sendable, Equatable {
    /// How long rows are kept, in seconds: the longest time for which a route can keep pushes.
    package static let lifetime: Int64 = 3600
    /// Maximum bytes of a body.
    package static let largestBody = 1 << 20

    package var id: ByteString
    /// Name of the route that pushed it.
    package var route: String
    package var topic: String
    package var key: String
    /// JSON text.
    package var body: [UInt8]
    /// Milliseconds since 1970.
    package var registeredAt: Int64

    package init(id: ByteString, route: String, topic: String, key: String, body: [UInt8], registeredAt: Int64) {
        self.id = id
        self.route = route
        self.topic = topic
        self.key = key
        self.body = body
        self.registeredAt = registeredAt
    }

    package func append(to writer: inout BSONWriter) {
        writer.append("_id", string: id)
        writer.append("route", string: route)
        writer.append("topic", string: topic)
        writer.append("key", string: key)
        body.withUnsafeBytes { writer.append("body", binary: $0) }
        writer.append("registeredAt", date: registeredAt)
    }

    /// Nil if the document is not a push.
    package init?(bson document: UnsafeRawBufferPointer) { self.init(BSONElements(document)) }

    package init?(_ fields: BSONElements) {
        guard let id = fields.first(named: "_id")?.byteString,
            let topic = fields.first(named: "topic")?.text, let key = fields.first(named: "key")?.text,
            let body = fields.first(named: "body")?.binary
        else { return nil }
        self.init(
            id: id, route: fields.first(named: "route")?.text ?? "", topic: topic, key: key, body: Array(body),
            registeredAt: fields.first(named: "registeredAt")?.date ?? 0)
    }
}
