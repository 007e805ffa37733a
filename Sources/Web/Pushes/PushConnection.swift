internal import Contracts
internal import Mappings
internal import Synchronization

/// One client's connection, as the hub knows it: what it subscribed to ends with it. Thread-safe.
final class PushConnection: Sendable {
    /// Rings when there is news, coalesced.
    let signal: AsyncStream<Void>

    private let door: PushDoor
    private let facts: MessageFacts
    private let expiry: Int64?
    private let bell: AsyncStream<Void>.Continuation
    private let subscriptions = Mutex<[PushSubscription]>([])

    /// `expiry`: when its caller's token expires, in milliseconds since 1970; nil for never.
    init(_ door: PushDoor, facts: MessageFacts, until expiry: Int64?) {
        self.door = door
        self.expiry = expiry
        self.facts = facts
        (signal, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        door.hub.opened(door.route)
        bell.onTermination = { [weak self] _ in self?.leave() }
    }

    deinit {
        leave()
        door.hub.closed(door.route)
    }

    var isEnding: Bool { door.isEnding }
    /// Whether its caller may hear no more.
    var isExpired: Bool { expiry.map { WallClock.now() >= $0 } ?? false }

    func ring() { bell.yield() }

    /// Ends the signal, and with it the connection.
    func end() { bell.finish() }

    /// So many pushes were given to the client.
    func sent(_ count: Int) { if count > 0 { door.sent(count) } }

    func read(_ message: [UInt8]) throws(PushFollowing.Refusal) -> SubscriptionReader.Subscription {
        try door.read(message, facts)
    }

    /// Nil if the topic is served no more.
    func subscribe(_ key: String, after place: PushPlace?) -> PushSubscription? {
        let topic = door.endpoint.topic
        guard let new = door.hub.subscribe(key, of: topic, after: place, bell: bell, now: WallClock.now()) else {
            return nil
        }
        subscriptions.withLock { $0.append(new) }
        return new
    }

    func unsubscribe(_ old: PushSubscription) {
        subscriptions.withLock { $0.removeAll { $0.listener == old.listener } }
        door.hub.unsubscribe(old)
    }

    func news(
        _ subscription: inout PushSubscription, most: Int, bytes: Int
    ) -> (hasLost: Bool, pushes: [Push], hasMore: Bool) {
        door.hub.news(&subscription, most: most, bytes: bytes)
    }

    private func leave() {
        let all = subscriptions.withLock { all in
            defer { all = [] }
            return all
        }
        for one in all { door.hub.unsubscribe(one) }
    }
}
