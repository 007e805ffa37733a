internal import NIOCore

/// Decides when to ping and when to drop the peer. No I/O; time is passed in.
struct WebSocketLife {
    enum Action: Equatable {
        case nothing
        case ping(Int)
        /// Send a close with its reason and wait for the answer.
        case close(WebSocketCloseCode, String)
        /// Drop the connection: the peer would not answer.
        case cut
    }

    private let terms: WebSocketConfiguration
    private var nextPing: NIODeadline
    private var pings = 0
    private var awaited: Int?
    private var closing: NIODeadline?
    private var stalled: NIODeadline?

    init(_ terms: WebSocketConfiguration, now: NIODeadline) {
        self.terms = terms
        nextPing = now + terms.pingInterval
    }

    mutating func pong(_ number: Int?) { if number == awaited { awaited = nil } }

    /// A close was sent.
    mutating func closes(now: NIODeadline) { closing = closing ?? now }

    /// `isWritable`: whether earlier writes were flushed.
    mutating func writes(isWritable: Bool, now: NIODeadline) { stalled = isWritable ? nil : stalled ?? now }

    mutating func tick(now: NIODeadline) -> Action {
        if let closing { return now - closing >= terms.closePatience ? .cut : .nothing }
        // A close frame would only queue behind the unflushed writes.
        if let stalled, now - stalled >= terms.stallLimit { return .cut }
        guard now >= nextPing else { return .nothing }
        guard awaited == nil else { return .close(.unexpectedCondition, "no pong came for our ping") }
        nextPing = now + terms.pingInterval
        pings += 1
        awaited = pings
        return .ping(pings)
    }
}
