package import NIOCore

/// The bounds of a WebSocket.
package struct WebSocketTerms: Sendable {
    /// Bytes of one frame, and of a message that comes in several.
    package var mostBytes = 64 << 10
    /// Between two pings of ours; who has not answered one when the next is due is gone.
    package var pingInterval = TimeAmount.seconds(20)
    /// How long we wait for the other side's part of a close before the connection is cut.
    package var closePatience = TimeAmount.seconds(2)
    /// How long somebody may take in nothing of what was written.
    package var stallLimit = TimeAmount.seconds(10)
    /// How often the time is looked at.
    package var tick = TimeAmount.seconds(1)

    package init() {}
}
