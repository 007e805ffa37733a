internal import Synchronization

/// What others ask of one task, on its way there: they put it in from any thread, it takes all of it at once. How much waits is
/// bounded by what `Content` holds, for a newer request of a kind takes the place of the one before.
package final class Inbox<Content: InboxContent>: Sendable {
    /// Something came; several may come as one. For one task.
    package let news: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let content = Mutex(Content())

    package init() { (news, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Never blocks.
    package func put(_ change: @Sendable (inout Content) -> Void) {
        content.withLock { change(&$0) }
        signal.yield()
    }

    /// By the task that does all of it.
    package func take() -> Content {
        content.withLock { content in
            defer { content = Content() }
            return content
        }
    }
}

/// Nothing, until something is put in.
package protocol InboxContent: Sendable {
    init()
}
