package import Contracts
internal import JSON
internal import Synchronization

/// The latest pushes of the topics that routes serve, and who waits for them. Fed by one follower; read by every socket at its
/// own pace. Thread-safe.
package final class PushHub: Sendable {
    /// By how much the store's clock may be ahead of ours, in milliseconds.
    private static let clockSkew: Int64 = 60_000

    /// Who waits for a key's pushes.
    typealias Listener = UInt64

    private struct State {
        var topics: [String: PushTopic] = [:]
        /// Everything before it was read; nil before the first reading.
        var place: PushPlace?
        var isLive = false
        var isEnding = false
        var next: Listener = 1
        /// Since when pushes are not read yet, in milliseconds since 1970.
        var begun = WallClock.now()
        /// Why nothing is read now, with the start in milliseconds since 1970.
        var trouble: (since: Int64, words: String)?
        /// Of each route.
        var sockets: [String: Int] = [:]
    }

    private let state = Mutex(State())

    private let mostSockets: Int

    /// `mostSockets`: open connections of all routes together; further ones are asked to come again.
    package init(mostSockets: Int = 11_000) { self.mostSockets = mostSockets }

    // MARK: By the gateway

    /// These topics are served, with how long their pushes are kept, in milliseconds. Others are dropped.
    package func declare(_ topics: [String: Int64]) {
        state.withLock { state in
            let place = state.place ?? .first
            state.topics = state.topics.filter { topics[$0.key] != nil }
            for (name, keep) in topics {
                if state.topics[name] == nil { state.topics[name] = PushTopic(from: place) }
                state.topics[name]?.keep = keep
            }
            // Nobody reads for no topic. What is served later waits until that has begun anew.
            if topics.isEmpty, state.isLive { (state.isLive, state.begun) = (false, WallClock.now()) }
        }
    }

    /// How long the topic that keeps longest does, in milliseconds; nil if none is served.
    package var keep: Int64? { state.withLock { $0.topics.values.lazy.map(\.keep).max() } }

    /// Pushes are read from this place on. What was between it and the place before is lost.
    package func begin(at place: PushPlace) {
        state.withLock { state in
            guard place > state.place ?? .first else { return }
            state.place = place
            for name in state.topics.keys { state.topics[name]?.lose(before: place) }
        }
        ringAll()
    }

    /// `now`: milliseconds since 1970.
    package func add(_ news: PushNews, now: Int64) {
        var bells: [AsyncStream<Void>.Continuation] = []
        state.withLock { state in
            for push in news.pushes where push.place > state.place ?? .first {
                state.topics[push.topic]?.add(push, now: now, &bells)
                state.place = push.place
            }
            state.place = max(state.place ?? .first, news.place)
            if news.isLatest { state.isLive = true }
            for name in state.topics.keys { state.topics[name]?.forget(now: now) }
        }
        for bell in bells { bell.yield() }
    }

    /// No more connections are taken, and those that are open end.
    package func end() {
        state.withLock { $0.isEnding = true }
        ringAll()
    }

    /// Why pushes do not come, with the start in milliseconds since 1970; nil if they do.
    package var trouble: (since: Int64, words: String)? {
        state.withLock { state in state.trouble ?? (state.isLive ? nil : (state.begun, "pushes are not read yet")) }
    }

    /// `words`: why pushes cannot be read now; nil: they are. `now`: milliseconds since 1970.
    package func note(_ words: String?, now: Int64) {
        state.withLock { state in state.trouble = words.map { (state.trouble?.since ?? now, $0) } }
    }

    /// Open connections, by route.
    package var sockets: [String: Int] { state.withLock { $0.sockets } }

    private func ringAll() {
        for bell in state.withLock({ $0.topics.values.flatMap(\.bells) }) { bell.yield() }
    }

    // MARK: By a socket

    /// Whether subscriptions can be taken.
    var isLive: Bool { state.withLock { $0.isLive && !$0.isEnding } }
    var isEnding: Bool { state.withLock { $0.isEnding } }

    /// Whether there is a place for one more connection.
    var hasRoom: Bool { state.withLock { $0.sockets.values.reduce(0, +) < mostSockets } }

    func opened(_ route: String) { state.withLock { $0.sockets[route, default: 0] += 1 } }

    func closed(_ route: String) {
        state.withLock { state in
            let count = (state.sockets[route] ?? 0) - 1
            state.sockets[route] = max(0, count)
        }
    }

    /// Begins a subscription; nil if the topic is not served. `after`: where it goes on; nil: from now on. It is signalled when
    /// there is news.
    /// `now`: milliseconds since 1970.
    func subscribe(
        _ key: String, of topic: String, after: PushPlace?, bell: AsyncStream<Void>.Continuation, now: Int64
    ) -> PushSubscription? {
        state.withLock { state -> PushSubscription? in
            guard state.topics[topic] != nil else { return nil }
            let listener = state.next
            state.next += 1
            state.topics[topic]?.listen(to: key, listener, bell)
            let latest = state.place ?? .first
            // Another gateway may have read further; pushes that the client got from that one are not sent again. A place of the
            // future is another store's.
            guard let after, after.milliseconds.subtractingClamped(now) <= Self.clockSkew else {
                return PushSubscription(
                    topic: topic, key: key, listener: listener, seen: latest, hasLost: after != nil)
            }
            return PushSubscription(
                topic: topic, key: key, listener: listener, seen: after,
                hasLost: state.topics[topic]?.mayHaveLost(after: after, of: key) ?? true)
        }
    }

    func unsubscribe(_ subscription: PushSubscription) {
        state.withLock { $0.topics[subscription.topic]?.unlisten(to: subscription.key, subscription.listener) }
    }

    /// The pushes that a subscription has not seen, at most so many; they end before they have more than `bytes`, unless a single one
    /// has. Moves it on.
    func news(
        _ subscription: inout PushSubscription, most: Int, bytes: Int
    ) -> (hasLost: Bool, pushes: [Push], hasMore: Bool) {
        state.withLock { state in
            // A topic that is served no more has no news.
            guard let topic = state.topics[subscription.topic] else { return (false, [], false) }
            let (hasLost, pushes, hasMore) = topic.news(
                of: subscription.key, after: subscription.seen, hasLost: subscription.hasLost, most: most, bytes: bytes)
            subscription.hasLost = false
            subscription.seen = max(subscription.seen, hasMore ? pushes.last?.place ?? .first : state.place ?? .first)
            return (hasLost, pushes, hasMore)
        }
    }
}

/// What a socket waits for, and how far it has read.
struct PushSubscription: Sendable {
    let topic: String
    let key: String
    let listener: PushHub.Listener
    fileprivate(set) var seen: PushPlace
    /// Something may be missing before the next push.
    fileprivate(set) var hasLost: Bool

    /// Has read no further than that. `old`: where it began; nothing before that comes again.
    mutating func stepBack(to place: PushPlace, notBefore old: PushSubscription) {
        seen = max(old.seen, min(seen, place))
    }

    /// Tells later that something may be missing.
    mutating func lose() { hasLost = true }
}
