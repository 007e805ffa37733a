internal import Synchronization

/// What shall be published, on its way to the one who does. From any thread; the newest wish counts.
final class PublishingWishes: Sendable {
    struct Pending {
        /// Nil: nothing shall be published.
        var form: PublishingForm?
        var isClosing = false
    }

    /// Something came; several may come as one.
    let news: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private let pending = Mutex(Pending())

    init() { (news, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func want(_ form: PublishingForm?) { put { $0.form = form } }

    func close() { put { $0.isClosing = true } }

    var current: Pending { pending.withLock { $0 } }

    private func put(_ change: (inout Pending) -> Void) {
        pending.withLock { change(&$0) }
        bell.yield()
    }
}
