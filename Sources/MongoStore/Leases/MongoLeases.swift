internal import BSON
package import Contracts
internal import JSON
internal import Synchronization
internal import ThreadExecutors

/// Leases as rows of `gateway.feeds`, on one connection and thread: calls are serialised.
///
/// Expiry is decided by the server's clock, in the command that takes the lease.
package actor MongoLeases: LeaseStore {
    /// Lifetime of a lease without renewal.
    package static let lifetime = Duration.seconds(5)
    /// Less than the lifetime, by the local clock, which may run at another speed.
    private static let certainty = Duration.milliseconds(4500)

    nonisolated let lane = ThreadExecutor(named: "mongo-leases")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let identity = InstanceIdentity.current()
    private let patience: Duration
    private let readConcern: @Sendable () -> BSONLiteral
    private var connection: ExecutorConnection
    private var holders = 0

    init(of deployment: MongoDeployment) {
        patience = deployment.settings.closePatience
        readConcern = { deployment.readConcern }
        connection = ExecutorConnection(of: deployment)
    }

    package func take(_ name: String) throws(StoreError) -> LeaseTaking {
        holders += 1
        let holder = FeedRow.Holder(identity, id: "\(identity.id)-\(holders)")
        let free = FeedRow.filter(freeWithName: name)
        return try connection.asking { connection throws(MongoFailure) in
            if let lease = try take(name, where: free, for: holder, on: connection) { return .taken(lease) }
            if let other = try row(of: name, on: connection).map(Self.holder) {
                // Before its time is over, for its process is gone.
                let dead = FeedRow.filter(name: name, heldBy: other)
                guard other.isGone(from: identity),
                    let lease = try take(name, where: dead, for: holder, on: connection)
                else { return .held(by: other.words) }
                return .taken(lease)
            }
            try ensure(name, on: connection)
            return try take(name, where: free, for: holder, on: connection).map { .taken($0) }
                ?? .held(by: "another gateway")
        }
    }

    private func take(
        _ name: String, where filter: BSONLiteral, for holder: FeedRow.Holder, on connection: MongoConnection
    ) throws(MongoFailure) -> Lease? {
        let asked = ContinuousClock.now
        let change = FeedRow.taking(by: holder, milliseconds: Self.lifetime.milliseconds)
        return try modify(filter, change, on: connection).map { lease(name, holder.id, $0, since: asked) }
    }

    package func renew(_ lease: Lease) throws(StoreError) -> Lease? {
        let asked = ContinuousClock.now
        let renewal = FeedRow.renewal(milliseconds: Self.lifetime.milliseconds)
        return try connection.asking { connection throws(MongoFailure) in
            try modify(FeedRow.filter(holding: lease), renewal, on: connection)
        }.map { self.lease(lease.name, lease.holder, $0, since: asked) }
    }

    package func look(at lease: Lease) throws(StoreError) -> Lease? {
        try connection.asking { connection throws(MongoFailure) in
            // The row holds orders: what could still be rolled back is not carried out.
            try row(FeedRow.filter(holding: lease), on: connection)
        }.map { Lease(name: lease.name, holder: lease.holder, token: lease.token, until: lease.until, row: $0) }
    }

    package func share(_ name: String) throws(StoreError) -> Lease {
        let asked = ContinuousClock.now
        let row = try connection.asking { connection throws(MongoFailure) in
            if let row = try self.row(of: name, on: connection) { return row }
            try ensure(name, on: connection)
            return try self.row(of: name, on: connection) ?? .document { _ in }
        }
        return Lease(name: name, holder: "", token: 0, until: asked + Self.certainty, row: row)
    }

    package func release(_ lease: Lease) {
        _ = try? connection.asking { connection throws(MongoFailure) in
            try modify(FeedRow.filter(holding: lease), FeedRow.release, on: connection)
        }
    }

    /// Call after all leaseholders have ended.
    package nonisolated func close() async { _ = await finished(within: patience) { await self.shutDown() } }

    private func shutDown() {
        connection.close()
        lane.stop()
    }

    // MARK: Commands

    /// Creates the row of a name if missing.
    private func ensure(_ name: String, on connection: MongoConnection) throws(MongoFailure) {
        let creation: BSONLiteral = ["q": FeedRow.filter(name: name), "u": FeedRow.creation, "upsert": true]
        // Two may make it at the same time; one of them then finds it there.
        try connection.update(StoreCollections.feeds, [creation], ignoring: ServerCode.duplicateKey)
    }

    /// The row as it is afterwards; nil where the filter finds none.
    private func modify(
        _ filter: BSONLiteral, _ update: BSONLiteral, on connection: MongoConnection
    ) throws(MongoFailure) -> [UInt8]? {
        let reply = try connection.write(
            "findAndModify", to: StoreCollections.feeds, ["query": filter, "update": update, "new": true])
        return reply.withUnsafeBytes { bytes in
            guard let value = BSONElements(bytes).first(named: "value"), value.type == .document else { return nil }
            return Array(value.value)
        }
    }

    /// Nil if there is none.
    private func row(of name: String, on connection: MongoConnection) throws(MongoFailure) -> [UInt8]? {
        try row(FeedRow.filter(name: name), on: connection)
    }

    private func row(_ filter: BSONLiteral, on connection: MongoConnection) throws(MongoFailure) -> [UInt8]? {
        let found = try connection.find(filter, in: StoreCollections.feeds, ["readConcern": readConcern()])
        return found.isEmpty ? nil : found.withDocument(0) { Array($0) }
    }

    private func lease(
        _ name: String, _ holder: String, _ row: [UInt8], since asked: ContinuousClock.Instant
    ) -> Lease {
        Lease(name: name, holder: holder, token: Self.holder(row).token, until: asked + Self.certainty, row: row)
    }

    private static func holder(_ row: [UInt8]) -> FeedRow.Holder {
        row.withUnsafeBytes { FeedRow.Holder(bson: BSONElements($0)) }
    }
}
