package import NIOCore

/// A complete message.
package enum WebSocketMessage: Sendable, Equatable {
    /// Valid UTF-8.
    case text(ByteBuffer)
    case binary(ByteBuffer)
}
