internal import Documents
internal import Lanes
package import Pipeline
internal import Records
internal import Synchronization

/// Leases as rows of `gateway.feeds`, on one connection and one thread: one waits for the other.
///
/// Whether a lease has expired is decided by the server's clock, in the same command that takes it.
package actor MongoLeases: LeaseStore {
    /// How long a lease lives without being renewed.
    package static let lifetime = Duration.seconds(5)
    /// Less than that, by our own clock, which may run at another speed.
    private static let certainty = Duration.milliseconds(4500)

    nonisolated let lane = Lane(named: "mongo-leases")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let identity = InstanceIdentity.current()
    private let patience: Duration
    private let guarantee: @Sendable () -> Guarantee?
    private var connection: LaneConnection
    private var holders = 0

    init(of deployment: MongoDeployment) {
        patience = deployment.settings.closePatience
        guarantee = { deployment.guarantee }
        connection = LaneConnection(of: deployment)
    }

    package func take(_ name: String) throws(StoreError) -> LeaseTaking {
        holders += 1
        let holder = "\(identity.id)-\(holders)"
        return try connection.asking { connection throws(MongoFailure) in
            if let lease = try take(name, for: holder, on: connection) { return .taken(lease) }
            if let other = try row(of: name, on: connection).map({ LeaseHolder($0) }) {
                guard other.isGone(from: identity),
                    let lease = try take(name, for: holder, from: other, on: connection)
                else { return .held(by: other.words) }
                return .taken(lease)
            }
            try ensure(name, on: connection)
            return try take(name, for: holder, on: connection).map { .taken($0) } ?? .held(by: "another gateway")
        }
    }

    /// `dead`: the holder that it is taken from before its time is over, for its process is gone.
    private func take(
        _ name: String, for holder: String, from dead: LeaseHolder? = nil, on connection: MongoConnection
    ) throws(MongoFailure) -> Lease? {
        let asked = ContinuousClock.now
        let row = try findAndModify(on: connection) { command in
            command.append(
                "query",
                document: { filter in
                    filter.append("_id", string: name)
                    if let dead {
                        filter.append("holder", string: dead.holder)
                        filter.append("token", int64: dead.token)
                    } else {
                        Self.appendIsFree(&filter)
                    }
                })
            command.append("update", pipeline: { takeOver(&$0, by: holder) })
        }
        return row.map { lease(name, holder, $0, since: asked) }
    }

    package func renew(_ lease: Lease) throws(StoreError) -> Lease? {
        let asked = ContinuousClock.now
        return try connection.asking { connection throws(MongoFailure) in
            try findAndModify(on: connection) { command in
                command.append("query", document: { $0.append(own: lease) })
                command.append("update", pipeline: { $0.append("leaseUntil", document: Self.appendEnd) })
            }
        }.map { self.lease(lease.name, lease.holder, $0, since: asked) }
    }

    package func look(at lease: Lease) throws(StoreError) -> Lease? {
        try connection.asking { connection throws(MongoFailure) in
            var found = BSONSequence()
            let settings = OwnedBSON()
            // The row holds orders: what could still be rolled back is not carried out.
            if guarantee() == .exactlyOnce { try settings.appendMajorityRead() }
            try connection.find(
                in: GatewayCollection.feeds, filter: .document { $0.append(own: lease) }, settings: settings,
                into: &found)
            return found.isEmpty ? nil : found.withDocument(0) { Array($0) }
        }.map { Lease(name: lease.name, holder: lease.holder, token: lease.token, until: lease.until, row: $0) }
    }

    package func share(_ name: String) throws(StoreError) -> Lease {
        let asked = ContinuousClock.now
        let row = try connection.asking { connection throws(MongoFailure) in
            if let row = try self.row(of: name, on: connection) { return row }
            try ensure(name, on: connection)
            return try self.row(of: name, on: connection) ?? .emptyDocument
        }
        return Lease(name: name, holder: "", token: 0, until: asked + Self.certainty, row: row)
    }

    package func release(_ lease: Lease) {
        _ = try? connection.asking { connection throws(MongoFailure) in
            try findAndModify(on: connection) { command in
                command.append("query", document: { $0.append(own: lease) })
                command.append(
                    "update",
                    pipeline: { set in
                        for name in ["holder", "host", "leaseUntil"] { set.append(Array(name.utf8), null: ()) }
                    })
            }
        }
    }

    /// After all who hold leases have ended.
    package nonisolated func close() async { _ = await finished(within: patience) { await self.shutDown() } }

    private func shutDown() {
        connection.close()
        lane.stop()
    }

    // MARK: Commands

    /// A row for the name, where there is none yet.
    private func ensure(_ name: String, on connection: MongoConnection) throws(MongoFailure) {
        var updates = BSONSequence()
        updates.appendDocument { update in
            update.append("q", document: { $0.append("_id", string: name) })
            update.append(
                "u", document: { $0.append("$setOnInsert", document: { $0.append("token", int64: 0) }) })
            update.append("upsert", bool: true)
        }
        // Two may make it at the same time; one of them then finds it there.
        _ = try connection.update(GatewayCollection.feeds, updates, ignoring: ServerCode.duplicateKey)
    }

    private func findAndModify(
        on connection: MongoConnection, _ body: (inout BSONWriter) -> Void
    ) throws(MongoFailure) -> [UInt8]? {
        let reply = try connection.write("findAndModify", to: GatewayCollection.feeds) { command in
            body(&command)
            command.append("new", bool: true)
        }
        return reply.withUnsafeBytes { bytes in
            guard let value = BSONElements(bytes).first(named: "value"), value.type == .document else { return nil }
            return Array(value.value)
        }
    }

    /// Nil where there is none.
    private func row(of name: String, on connection: MongoConnection) throws(MongoFailure) -> [UInt8]? {
        var found = BSONSequence()
        let settings = OwnedBSON()
        if guarantee() == .exactlyOnce { try settings.appendMajorityRead() }
        try connection.find(
            in: GatewayCollection.feeds, filter: .document { $0.append("_id", string: name) }, settings: settings,
            into: &found)
        return found.isEmpty ? nil : found.withDocument(0) { Array($0) }
    }

    private func lease(
        _ name: String, _ holder: String, _ row: [UInt8], since asked: ContinuousClock.Instant
    ) -> Lease {
        let token = row.withUnsafeBytes { BSONElements($0).first(named: "token")?.integer ?? 0 }
        return Lease(name: name, holder: holder, token: token, until: asked + Self.certainty, row: row)
    }

    private func takeOver(_ set: inout BSONWriter, by holder: String) {
        // As data: a text that begins with $ would be a field's name.
        set.append("holder", document: { $0.append("$literal", string: holder) })
        set.append("host", document: { $0.append("$literal", string: "\(identity.host), process \(identity.pid)") })
        set.append("pid", int64: Int64(identity.pid))
        set.append("startTicks", int64: identity.startTicks)
        set.append("space", document: { $0.append("$literal", string: identity.space) })
        set.append("takenAt", string: "$$NOW")
        set.append("leaseUntil", document: Self.appendEnd)
        set.append(
            "token",
            document: { token in
                token.append(
                    "$add",
                    array: { sum in
                        sum.append("0", document: { $0.append("$ifNull", of: "$token", or: 0) })
                        sum.append("1", int64: 1)
                    })
            })
    }

    /// Whom nobody holds, or whose time is over.
    private static func appendIsFree(_ filter: inout BSONWriter) {
        filter.append(
            "$expr",
            document: { expression in
                expression.append(
                    "$lte",
                    array: { pair in
                        pair.append("0", document: { $0.append("$ifNull", of: "$leaseUntil", or: 0) })
                        pair.append("1", string: "$$NOW")
                    })
            })
    }

    private static func appendEnd(_ value: inout BSONWriter) {
        value.append(
            "$add",
            array: { sum in
                sum.append("0", string: "$$NOW")
                sum.append("1", int64: lifetime.milliseconds)
            })
    }
}

extension BSONWriter {
    /// Finds the row while the lease is in it.
    mutating func append(own lease: Lease) {
        append("_id", string: lease.name)
        append("holder", string: lease.holder)
        append("token", int64: lease.token)
    }

    /// An update of one `$set`, whose values are expressions.
    fileprivate mutating func append(_ name: StaticString, pipeline body: (inout BSONWriter) -> Void) {
        append(name, array: { stages in stages.append("0", document: { $0.append("$set", document: body) }) })
    }

    fileprivate mutating func append(_ name: StaticString, of field: String, or number: Int64) {
        append(
            name,
            array: { pair in
                pair.append("0", string: field)
                pair.append("1", int64: number)
            })
    }

    fileprivate mutating func append(_ name: [UInt8], null: Void) {
        name.withUnsafeBufferPointer { append($0, null: ()) }
    }
}
