internal import Records
internal import Synchronization

/// What may be a reason to read the configuration again, on its way to the one who does. From any thread; of each kind the
/// newest counts.
final class ReloadInbox: Sendable {
    struct Pending {
        var hasHungUp = false
        var mustLook = false
        /// The documents of the collection, where they were read.
        var documents: BSONSequence?
    }

    /// Something came; several may come as one.
    let news: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private let pending = Mutex(Pending())

    init() { (news, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func hangUp() { put { $0.hasHungUp = true } }

    func look() { put { $0.mustLook = true } }

    func take(documents: BSONSequence) { put { $0.documents = documents } }

    /// By the one who reads.
    func takeAll() -> Pending {
        pending.withLock { pending in
            defer { pending = Pending() }
            return pending
        }
    }

    private func put(_ change: (inout Pending) -> Void) {
        pending.withLock { change(&$0) }
        bell.yield()
    }
}
