package import NIOCore

/// A WebSocket that is open, seen from outside its event loop.
package struct WebSocketRun: Sendable {
    package let channel: any Channel
    package let handler: NIOLoopBound<WebSocketHandler>
    package let signal: AsyncStream<Void>?

    /// Forwards signals until the connection is gone. When the signal ends, the peer is sent a close.
    package func run() async {
        guard let signal else {
            close(WebSocketAnswer.End(.tryAgainLater, "too many subscribers; try again later"))
            return await gone()
        }
        await withTaskGroup { group in
            group.addTask {
                for await _ in signal { channel.eventLoop.execute { handler.value.ring() } }
                guard !Task.isCancelled else { return }
                close(WebSocketAnswer.End(.goingAway, "the gateway ends"))
            }
            await gone()
            // Not earlier: it frees the follower's slot.
            group.cancelAll()
        }
    }

    private func close(_ end: WebSocketAnswer.End) { channel.eventLoop.execute { handler.value.close(end) } }

    private func gone() async { try? await channel.closeFuture.get() }
}
