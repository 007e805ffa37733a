package import NIOCore

/// A whole message.
package enum WebSocketMessage: Sendable, Equatable {
    /// Valid UTF-8.
    case text(ByteBuffer)
    case binary(ByteBuffer)
}
