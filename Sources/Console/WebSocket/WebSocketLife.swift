internal import NIOCore

/// When to ping, and when to give somebody up. Pure: the time comes in.
struct WebSocketLife {
    enum Action: Equatable {
        case nothing
        case ping(Int)
        /// Says why, and waits for the answer.
        case close(WebSocketCloseCode, String)
        /// Nobody would answer.
        case cut
    }

    private let terms: WebSocketTerms
    private var nextPing: NIODeadline
    private var pings = 0
    private var awaited: Int?
    private var closing: NIODeadline?
    private var stalled: NIODeadline?

    init(_ terms: WebSocketTerms, now: NIODeadline) {
        self.terms = terms
        nextPing = now + terms.pingInterval
    }

    mutating func pong(_ number: Int?) { if number == awaited { awaited = nil } }

    /// Our close went out.
    mutating func closes(now: NIODeadline) { closing = closing ?? now }

    /// `isWritable`: what was written before is taken in.
    mutating func writes(isWritable: Bool, now: NIODeadline) { stalled = isWritable ? nil : stalled ?? now }

    mutating func tick(now: NIODeadline) -> Action {
        if let closing { return now - closing >= terms.closePatience ? .cut : .nothing }
        // A close frame would only wait behind what is not taken in.
        if let stalled, now - stalled >= terms.stallLimit { return .cut }
        guard now >= nextPing else { return .nothing }
        guard awaited == nil else { return .close(.unexpectedCondition, "no pong came for our ping") }
        nextPing = now + terms.pingInterval
        pings += 1
        awaited = pings
        return .ping(pings)
    }
}
