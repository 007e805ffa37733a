internal import Synchronization

/// What the supervisor is asked to do and told. From any thread; holds no more than the newest wish and the ends of routes.
final class RouteOrders: Sendable {
    struct Pending {
        var wanted: [RouteForm]?
        var ended: [Int] = []
        var isClosing = false
    }

    /// Something came; several may come as one.
    let news: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private let pending = Mutex(Pending())

    init() { (news, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// These routes shall run, and no others: counts instead of what was wanted before.
    func want(_ forms: [RouteForm]) { put { $0.wanted = forms } }

    func ended(_ number: Int) { put { $0.ended.append(number) } }

    func close() { put { $0.isClosing = true } }

    /// By the supervisor, which then does all of it.
    func take() -> Pending {
        pending.withLock { pending in
            defer {
                pending.wanted = nil
                pending.ended = []
            }
            return pending
        }
    }

    private func put(_ change: (inout Pending) -> Void) {
        pending.withLock { change(&$0) }
        bell.yield()
    }
}
