package import BSON
package import Contracts

/// A place where leases are kept, as several gateways see it.
package protocol LeaseBench: Sendable {
    associatedtype Leases: LeaseStore

    /// The leases of another gateway each time.
    func open() async throws -> Leases
    /// The time of a lease is over.
    func expire(_ name: String) async throws
    /// Sets fields of a lease's row, as a command of a person does.
    func command(_ name: String, _ fields: @escaping @Sendable (inout BSONWriter) -> Void) async throws
}

/// What every ``LeaseStore`` must do, whatever is behind it.
package enum LeaseContract: String, CaseIterable, Sendable {
    case hasOneHolderAtATime
    case isTakenOnceItsTimeIsOver
    case isTakenAtOnceWhenReleased
    case showsTheRowAsItIs
    case isSharedWithoutAHolder
    case isTakenByOneOfManyAtOnce

    /// Throws where it is not kept. Nobody has a lease.
    package func check(on bench: some LeaseBench) async throws {
        let (a, b) = (try await bench.open(), try await bench.open())
        switch self {
        case .hasOneHolderAtATime: try await oneHolder(a, b)
        case .isTakenOnceItsTimeIsOver: try await expiry(a, b, bench)
        case .isTakenAtOnceWhenReleased: try await release(a, b)
        case .showsTheRowAsItIs: try await row(a, bench)
        case .isSharedWithoutAHolder: try await share(a, b, bench)
        case .isTakenByOneOfManyAtOnce: try await race(bench)
        }
    }

    private func take(_ leases: some LeaseStore, _ name: String = "limits") async throws -> Lease {
        guard case .taken(let lease) = try await leases.take(name) else { throw Broken("'\(name)' is not to be had") }
        return lease
    }

    private func oneHolder(_ a: some LeaseStore, _ b: some LeaseStore) async throws {
        let lease = try await take(a)
        try require(lease.name == "limits" && lease.token == 1, "the first token is \(lease.token)")
        for other in [try await b.take("limits"), try await a.take("limits")] {
            guard case .held(let holder) = other else { throw Broken("it was taken twice") }
            try require(!holder.isEmpty, "nobody is said to hold it")
        }
        let renewed = try await a.renew(lease)
        try require(renewed?.token == lease.token && renewed?.holder == lease.holder, "renewed as \(renewed as Any)")
        try require((renewed?.until ?? lease.until) >= lease.until, "renewing shortens it")
        let second = try await take(b, "postings")
        try require(second.token == 1, "leases of two names share a token")
    }

    private func expiry(_ a: some LeaseStore, _ b: some LeaseStore, _ bench: some LeaseBench) async throws {
        let old = try await take(a)
        try await bench.expire("limits")
        // Late, but nobody has taken it meanwhile.
        let late = try await a.renew(old)
        try require(late?.token == 1, "one that nobody else took cannot be renewed")
        try await bench.expire("limits")
        let new = try await take(b)
        try require(new.token == 2 && new.holder != old.holder, "the next holder has token \(new.token)")
        let renewed = try await a.renew(old)
        try require(renewed == nil, "a lease that another one has is renewed")
        let seen = try await a.look(at: old)
        try require(seen == nil, "a lease that another one has is read as if it were ours")
        await a.release(old)
        let kept = try await b.renew(new)
        try require(kept?.token == 2, "it was released by one who had lost it")
    }

    private func release(_ a: some LeaseStore, _ b: some LeaseStore) async throws {
        let old = try await take(a)
        await a.release(old)
        let new = try await take(b)
        try require(new.token == 2, "the next holder has token \(new.token)")
        let renewed = try await a.renew(old)
        try require(renewed == nil, "a released lease is renewed")
        await b.release(new)
        let again = try await take(a)
        try require(again.token == 3 && again.holder != old.holder, "two holders have one name")
    }

    private func row(_ a: some LeaseStore, _ bench: some LeaseBench) async throws {
        let lease = try await take(a)
        try require(FeedRow(lease).name == "limits" && !FeedRow(lease).isPaused, "the row is not the lease's")
        try await bench.command("limits") { $0.append("isPaused", bool: true) }
        let seen = try await a.look(at: lease)
        try require(seen.map { FeedRow($0).isPaused } == true, "a command is not seen")
        try require(seen?.until == lease.until, "looking prolongs it")
        let renewed = try await a.renew(lease)
        try require(renewed.map { FeedRow($0).isPaused } == true, "a command is not seen where it is renewed")
    }

    private func share(_ a: some LeaseStore, _ b: some LeaseStore, _ bench: some LeaseBench) async throws {
        let first = try await a.share("limits")
        let second = try await b.share("limits")
        try require(first.token == 0 && second.token == 0, "a shared row has a token")
        try await bench.command("limits") { $0.append("isPaused", bool: true) }
        let third = try await a.share("limits")
        try require(FeedRow(third).isPaused, "a command is not seen")
    }

    private func race(_ bench: some LeaseBench) async throws {
        var all: [any LeaseStore] = []
        for _ in 0..<4 { all.append(try await bench.open()) }
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            for leases in all {
                group.addTask { if case .taken = try await leases.take("race") { 1 } else { 0 } }
            }
            return try await group.reduce(0, +)
        }
        try require(taken == 1, "\(taken) hold one lease")
    }
}
