internal import NIOCore

/// A WebSocket that is open, seen from outside its event loop.
struct WebSocketRun: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<WebSocketHandler>
    let bell: AsyncStream<Void>?

    /// Passes the bell on until the connection is gone. When the bell has ended, the other side is told so.
    func run() async {
        guard let bell else {
            close(WebSocketAnswer.End(.tryAgainLater, "too many follow already; try again later"))
            return await gone()
        }
        await withTaskGroup { group in
            group.addTask {
                for await _ in bell { channel.eventLoop.execute { handler.value.ring() } }
                guard !Task.isCancelled else { return }
                close(WebSocketAnswer.End(.goingAway, "the gateway ends"))
            }
            await gone()
            // Only now: the follower's place is free again.
            group.cancelAll()
        }
    }

    private func close(_ end: WebSocketAnswer.End) { channel.eventLoop.execute { handler.value.close(end) } }

    private func gone() async { try? await channel.closeFuture.get() }
}
