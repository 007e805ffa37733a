internal import Contracts

/// Assembles a message from its header and body frames, after the method that announced it (a delivery, a return).
///
/// No I/O. Does not trust announced sizes: memory grows as bytes arrive. Inconsistent frames are a protocol violation,
/// after which the connection must be dropped.
struct ContentAssembler<Envelope> {
    struct Content {
        let envelope: Envelope
        let properties: MessageProperties
        let body: [UInt8]
    }

    /// Maximum reservation based on the announced size alone.
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

    /// Handles the header; an empty body completes the message.
    mutating func header(bodySize: UInt64, properties: MessageProperties) throws(AMQPError) -> Content? {
        guard phase == .header else { throw Self.violation("a content header that belongs to no message") }
        self.properties = properties
        missing = bodySize
        phase = .body
        return bodySize == 0 ? finish() : nil
    }

    /// Handles a body frame; the last one completes the message. Copies the bytes once.
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

    /// Whether a method frame on the channel is allowed now, rather than within a message.
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
        AMQPError(.protocolViolation, "the broker violated AMQP: \(what)")
    }
}
