package import NIOCore

/// Limits of a WebSocket.
package struct WebSocketConfiguration: Sendable {
    /// Maximum bytes of a frame, and of a fragmented message.
    package var mostBytes = 64 << 10
    /// Between pings; a peer that has not answered one when the next is due is dropped.
    package var pingInterval = TimeAmount.seconds(20)
    /// How long to wait for the peer's close before dropping the connection.
    package var closePatience = TimeAmount.seconds(2)
    /// How long the peer may take nothing of what was written.
    package var stallLimit = TimeAmount.seconds(10)
    /// How often timeouts are checked.
    package var tick = TimeAmount.seconds(1)

    package init() {}
}
