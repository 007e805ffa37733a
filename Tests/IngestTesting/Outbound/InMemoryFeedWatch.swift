internal import BSON
package import Contracts
internal import Synchronization

/// The changes of a feed's collection in a database in memory.
package final class InMemoryFeedWatch: FeedWatch {
    private static let changesAtATime = 50

    private let plan: FeedPlan
    private let database: InMemoryDatabase
    /// Where it stands in the log; nil: it must be opened. `lost`: why it cannot go on from any place.
    private let place = Mutex<(at: Int?, lost: String?)>((nil, nil))

    init(_ plan: FeedPlan, in database: InMemoryDatabase) {
        self.plan = plan
        self.database = database
    }

    package func open(after token: [UInt8]?) async throws(StoreError) -> FeedWatchStart {
        let lost = place.withLock { place in
            defer { place = (at: nil, lost: nil) }
            return place.lost
        }
        if let lost, token != nil { return .tokenLost(lost) }
        return try await database.perform(.watch) { [self] state, _ in
            var at = state.lastChange
            if let token {
                guard let number = token.place, number >= state.firstKnown, number <= state.lastChange else {
                    return .tokenLost("code 286")
                }
                if let drop = state.drops[plan.collection], number < drop { return .tokenLost("code 280") }
                at = number
            }
            let opened = at
            place.withLock { $0 = (at: opened, lost: nil) }
            return .opened(token: .token(of: opened))
        }
    }

    package func next(atMost limit: Duration) async throws(StoreError) -> FeedChanges {
        let changes = try await look()
        if !changes.ids.isEmpty { return changes }
        try? await database.environment.sleep(limit)
        return try await look()
    }

    private func look() async throws(StoreError) -> FeedChanges {
        guard let from = place.withLock({ $0.at }) else {
            throw StoreError(kind: .unavailable, code: 0, message: "the change stream is closed")
        }
        let answer: (FeedChanges, Int, Bool)
        do throws(StoreError) {
            answer = try await database.perform(.watch) { [plan] state, _ in
                if let drop = state.drops[plan.collection], from < drop {
                    return (FeedChanges(ids: [], token: .token(of: from)), from, true)
                }
                let found = state.changes.filter { $0.number > from && $0.collection == plan.collection }
                let some = found.prefix(Self.changesAtATime)
                let end = some.count < found.count ? some.last?.number ?? from : state.lastChange
                var seen: Set<BSONValue> = []
                // The feed's own marks are not changes.
                let ids = some.filter { change in
                    if case .flag(let flag) = plan.progress, change.flag == flag { return false }
                    return seen.insert(change.id).inserted
                }.map(\.id)
                return (FeedChanges(ids: ids, token: .token(of: end)), end, false)
            }
        } catch {
            place.withLock { $0.at = nil }
            throw error
        }
        place.withLock { place in
            if answer.2 {
                place = (at: nil, lost: "the collection was dropped or renamed")
            } else {
                place = (at: answer.1, lost: nil)
            }
        }
        return answer.0
    }

    package func close() async {}
}

extension [UInt8] {
    /// A place in the log, as a client keeps it.
    fileprivate static func token(of number: Int) -> [UInt8] {
        .document { $0.append("_data", string: String(number)) }
    }

    fileprivate var place: Int? {
        withUnsafeBytes { BSONElements($0).first(named: "_data")?.text.flatMap { Int($0) } }
    }
}
