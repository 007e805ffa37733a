internal import BSON
internal import Contracts
internal import JSON

/// The collection `gateway.instances`: running instances with their heartbeats and server sessions.
///
/// A gateway killed inside a transaction leaves its records locked for a minute or more. Another instance that finds
/// its heartbeat stopped ends its sessions, which frees the locks at once. A gateway that was only paused is not
/// harmed: its late commit fails with NoSuchTransaction, and the batch is settled again.
///
/// Its writes do not wait for a majority. Others read on the primary, and a heartbeat that waits for secondaries looks
/// like none: two gateways would end each other's sessions whenever the majority is slow.
///
/// Pure commands on a borrowed connection; all of them block.
struct InstanceRegister {
    let identity: InstanceIdentity
    let deadAfter: Duration

    struct Beat {
        /// The row did not exist.
        var isNew: Bool
        /// Election id of the primary.
        var election: [UInt8]?
    }

    /// Replaces this instance's row, with the server's time as its heartbeat.
    func beat(sessions: [[UInt8]], on connection: MongoConnection) throws(MongoFailure) -> Beat {
        let update: BSONLiteral = [
            "q": ["_id": .value(identity.id)],
            "u": ["$set": fields(sessions), "$currentDate": ["beatAt": true]],
            "upsert": true,
        ]
        let reply = try connection.run([
            "update": .value(StoreCollections.instances), "updates": [update], "writeConcern": .primaryOnly,
        ])
        try Self.checkWrite("update", reply)
        return reply.withUnsafeBytes { bytes in
            let fields = BSONElements(bytes)
            return Beat(
                isNew: fields.first(named: "upserted") != nil,
                election: fields.first(named: "electionId").map { Array($0.value) })
        }
    }

    private func fields(_ sessions: [[UInt8]]) -> BSONLiteral {
        [
            "host": .value(identity.host), "pid": .int64(Int64(identity.pid)),
            "startTicks": .int64(identity.startTicks), "space": .value(identity.space),
            "startedAt": .date(identity.startedAt), "sessions": .array(sessions.map { .raw($0) }),
        ]
    }

    /// Ends sessions on the server, with their transactions.
    func kill(_ sessions: [[UInt8]], on connection: MongoConnection) throws(MongoFailure) {
        if sessions.isEmpty { return }
        try connection.run(["killSessions": .array(sessions.map { .raw($0) })], on: "admin")
    }

    /// Ends the sessions of every dead instance and deletes its row. Returns their names. `judgesSilence`: whether
    /// stopped heartbeats count as dead, in addition to ended processes.
    func sweep(judgesSilence: Bool, on connection: MongoConnection) throws(MongoFailure) -> [String] {
        let rows = try connection.find([:], in: StoreCollections.instances, ["projection": fieldsAndStaleness])
        var dead: [String] = []
        for index in 0..<rows.count {
            let row = rows.withDocument(index) { InstanceRow($0) }
            guard let row, row.id != identity.id, (judgesSilence && row.isStale) || isGone(row) else { continue }
            try kill(row.sessions, on: connection)
            try remove(id: row.id, beatAt: row.beatAt, on: connection)
            dead.append("\(row.host) pid \(row.pid)")
        }
        return dead
    }

    /// The server's clock decides what is stale, since it also wrote the heartbeats.
    private var fieldsAndStaleness: BSONLiteral {
        [
            "host": true, "pid": true, "startTicks": true, "space": true, "sessions": true, "beatAt": true,
            "isStale": ["$lt": ["$beatAt", ["$subtract": ["$$NOW", .int64(deadAfter.milliseconds)]]]],
        ]
    }

    private func isGone(_ row: InstanceRow) -> Bool {
        row.space == identity.space && !InstanceIdentity.isRunning(pid: row.pid, startTicks: row.startTicks)
    }

    /// Only if unchanged: an instance that came back has written a new heartbeat and keeps its row.
    private func remove(id: ByteString, beatAt: Int64?, on connection: MongoConnection) throws(MongoFailure) {
        let row: BSONLiteral = ["_id": .value(id), "beatAt": .ifThere(beatAt) { .date($0) }]
        let reply = try connection.run([
            "delete": .value(StoreCollections.instances), "deletes": [["q": row, "limit": 1]],
            "writeConcern": .primaryOnly,
        ])
        try Self.checkWrite("delete", reply)
    }

    /// Deletes this instance's row on graceful shutdown.
    func leave(on connection: MongoConnection) throws(MongoFailure) {
        try remove(id: identity.id, beatAt: nil, on: connection)
    }

    /// A successful write command may still contain errors.
    private static func checkWrite(_ name: String, _ reply: [UInt8]) throws(MongoFailure) {
        let failure = reply.withUnsafeBytes { MongoFailure(step: .command(name), reply: $0) }
        if failure.code != 0 { throw failure }
    }
}
