internal import BSON
package import Contracts
internal import Synchronization

/// The leases of one gateway in a database in memory, whose clock decides when one has expired.
package final class InMemoryLeases: LeaseStore {
    package static let lifetime: Int64 = 5000
    /// Less than the lifetime, by the gateway's own clock.
    package static let certainty = Duration.milliseconds(4500)

    private let database: InMemoryDatabase
    private let gateway: String
    private let holders = Mutex(0)

    package init(in database: InMemoryDatabase, gateway: String) {
        self.database = database
        self.gateway = gateway
    }

    package func take(_ name: String) async throws(StoreError) -> LeaseTaking {
        let number = holders.withLock { count in
            count += 1
            return count
        }
        let holder = "\(gateway)-\(number)"
        let (asked, now) = (database.environment.uptime(), database.environment.now)
        let gateway = gateway
        return try await database.perform(.lease) { state, _ in
            let row =
                state.rows[name]
                ?? .document { writer in
                    writer.append("_id", string: name)
                    writer.append("token", int64: 0)
                }
            let fields = FeedRow(row)
            if let until = fields.leaseUntil, until > now() {
                state.rows[name] = row
                return .held(by: fields.holder ?? "another gateway")
            }
            let token = row.token + 1
            let taken = row.setting { writer in
                writer.append("holder", string: holder)
                writer.append("host", string: gateway)
                writer.append("leaseUntil", date: now() + Self.lifetime)
                writer.append("token", int64: token)
            }
            state.rows[name] = taken
            return .taken(
                Lease(name: name, holder: holder, token: token, until: asked + Self.certainty, row: taken))
        }
    }

    package func renew(_ lease: Lease) async throws(StoreError) -> Lease? {
        let (asked, now) = (database.environment.uptime(), database.environment.now)
        return try await database.perform(.lease) { state, _ in
            guard let row = state.rows[lease.name], row.isHeld(by: lease) else { return nil }
            let renewed = row.setting { $0.append("leaseUntil", date: now() + Self.lifetime) }
            state.rows[lease.name] = renewed
            return Lease(
                name: lease.name, holder: lease.holder, token: lease.token, until: asked + Self.certainty, row: renewed)
        }
    }

    package func look(at lease: Lease) async throws(StoreError) -> Lease? {
        try await database.perform(.lease) { state, _ in
            guard let row = state.rows[lease.name], row.isHeld(by: lease) else { return nil }
            return Lease(name: lease.name, holder: lease.holder, token: lease.token, until: lease.until, row: row)
        }
    }

    package func share(_ name: String) async throws(StoreError) -> Lease {
        let asked = database.environment.uptime()
        return try await database.perform(.lease) { state, _ in
            let row =
                state.rows[name]
                ?? .document { writer in
                    writer.append("_id", string: name)
                    writer.append("token", int64: 0)
                }
            state.rows[name] = row
            return Lease(name: name, holder: "", token: 0, until: asked + Self.certainty, row: row)
        }
    }

    package func release(_ lease: Lease) async {
        _ = try? await database.perform(.lease) { state, _ in
            guard let row = state.rows[lease.name], row.isHeld(by: lease) else { return }
            state.rows[lease.name] = row.setting { writer in
                writer.append("holder", null: ())
                writer.append("host", null: ())
                writer.append("leaseUntil", null: ())
            }
        }
    }
}

extension FeedRow {
    fileprivate init(_ row: [UInt8]) { self = row.withUnsafeBytes { FeedRow(bson: $0) } }
}

extension [UInt8] {
    fileprivate var token: Int64 { withUnsafeBytes { BSONElements($0).first(named: "token")?.integer ?? 0 } }
}
