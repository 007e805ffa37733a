internal import Pipeline

/// Puts a message together from its header and body frames, for whoever said what they belong to (a delivery, a return).
///
/// Pure. Believes nothing of what the frames announce: memory is taken as bytes arrive, and what does not add up is a
/// protocol violation, after which the connection is of no more use.
struct ContentAssembler<Envelope> {
    struct Content {
        let envelope: Envelope
        let properties: MessageProperties
        let body: [UInt8]
    }

    /// Most that is reserved on the mere word of a header.
    static var trustedReservation: Int { 1 << 20 }

    private enum Phase {
        case idle
        case header
        case body
    }

    private var phase = Phase.idle
    private var envelope: Envelope?
    private var properties = MessageProperties()
    private var body: [UInt8] = []
    private var missing: UInt64 = 0

    /// A method announced content.
    mutating func begin(_ envelope: Envelope) throws(AMQPError) {
        guard phase == .idle else { throw Self.violation("a new message before the last one was complete") }
        self.envelope = envelope
        phase = .header
    }

    /// Its header came; an empty body makes it complete.
    mutating func header(bodySize: UInt64, properties: MessageProperties) throws(AMQPError) -> Content? {
        guard phase == .header else { throw Self.violation("a content header that belongs to no message") }
        self.properties = properties
        missing = bodySize
        phase = .body
        return bodySize == 0 ? finish() : nil
    }

    /// A piece of the body came; the last one makes it complete. Copies the bytes, once.
    mutating func body(_ fragment: UnsafeRawBufferPointer) throws(AMQPError) -> Content? {
        guard phase == .body else { throw Self.violation("a content body that belongs to no message") }
        guard UInt64(fragment.count) <= missing else { throw Self.violation("a body longer than its header said") }
        let isFirst = body.isEmpty
        missing -= UInt64(fragment.count)
        if isFirst, missing == 0 {
            body = Array(fragment)
        } else {
            if isFirst {
                body.reserveCapacity(fragment.count + Int(min(missing, UInt64(Self.trustedReservation))))
            }
            body.append(contentsOf: fragment)
        }
        return missing == 0 ? finish() : nil
    }

    /// Whether a method frame on the channel would now break a message in two.
    var isIdle: Bool { phase == .idle }

    private mutating func finish() -> Content? {
        guard let envelope else { return nil }
        defer {
            self.envelope = nil
            properties = MessageProperties()
            body = []
            phase = .idle
        }
        return Content(envelope: envelope, properties: properties, body: body)
    }

    private static func violation(_ what: String) -> AMQPError {
        AMQPError(.protocolViolation, "the broker broke the rules of AMQP: \(what)")
    }
}
