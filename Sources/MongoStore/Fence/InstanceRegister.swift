internal import Documents
internal import Pipeline
internal import Records

/// The collection `gateway.instances`: who runs, and which server sessions are theirs.
///
/// A gateway that is killed inside a transaction leaves the transaction, and so its records, locked for a minute or more.
/// Whoever finds its heartbeat stopped ends its sessions, which frees them at once. That this hits a gateway which was
/// only paused does no harm: its late commit fails with NoSuchTransaction and the batch is settled again.
///
/// No write of it waits for a majority. Others read it on the primary, where it is at once, and a heartbeat that waits for
/// secondaries looks like none: two gateways would end each other's sessions whenever the majority is slow.
///
/// Pure commands on a connection that is lent for each call; all of them block.
struct InstanceRegister {
    let identity: InstanceIdentity
    let deadAfter: Duration

    struct Beat {
        /// The row was not there.
        var isNew: Bool
        /// Of the primary that took it.
        var election: [UInt8]?
    }

    /// Writes this instance's row as a whole, with the server's time as its heartbeat.
    func beat(sessions: [[UInt8]], on connection: MongoConnection) throws(MongoFailure) -> Beat {
        let reply = try connection.run("update") { command in
            command.append("update", string: GatewayCollection.instances)
            command.append(
                "updates",
                array: { updates in
                    updates.append(
                        "0",
                        document: { update in
                            update.append("q", document: { $0.append("_id", string: identity.id) })
                            update.append(
                                "u",
                                document: { u in
                                    u.append("$set", document: { append(sessions, to: &$0) })
                                    u.append("$currentDate", document: { $0.append("beatAt", bool: true) })
                                })
                            update.append("upsert", bool: true)
                        })
                })
            command.appendPrimaryOnly()
        }
        try Self.checkWrite("update", reply)
        return reply.withUnsafeBytes { bytes in
            let fields = BSONElements(bytes)
            return Beat(
                isNew: fields.first(named: "upserted") != nil,
                election: fields.first(named: "electionId").map { Array($0.value) })
        }
    }

    private func append(_ sessions: [[UInt8]], to row: inout BSONWriter) {
        row.append("host", string: identity.host)
        row.append("pid", int64: Int64(identity.pid))
        row.append("startTicks", int64: identity.startTicks)
        row.append("space", string: identity.space)
        row.append("startedAt", date: identity.startedAt)
        row.append("sessions", array: { Self.append(sessions, to: &$0) })
    }

    private static func append(_ sessions: [[UInt8]], to array: inout BSONWriter) {
        for (index, session) in sessions.enumerated() {
            BSONWriter.withIndexName(index) { name in
                session.withUnsafeBytes { array.append(name, type: BSONType.document.rawValue, value: $0) }
            }
        }
    }

    /// Ends sessions on the server, with what they have open.
    func kill(_ sessions: [[UInt8]], on connection: MongoConnection) throws(MongoFailure) {
        if sessions.isEmpty { return }
        try connection.run("killSessions", on: "admin") { command in
            command.append("killSessions", array: { Self.append(sessions, to: &$0) })
        }
    }

    /// Ends the sessions of every instance that is dead and removes its row. Returns how it called itself. `judgesSilence`:
    /// whether one counts as dead whose heartbeats have stopped, beside those whose process is gone.
    func sweep(judgesSilence: Bool, on connection: MongoConnection) throws(MongoFailure) -> [String] {
        var rows = BSONSequence()
        let settings = OwnedBSON()
        try settings.append("projection", document: fieldsAndStaleness())
        try connection.find(in: GatewayCollection.instances, filter: .emptyDocument, settings: settings, into: &rows)
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
    private func fieldsAndStaleness() -> [UInt8] {
        var projection: [UInt8] = []
        projection.appendDocument { fields in
            fields.append("host", bool: true)
            fields.append("pid", bool: true)
            fields.append("startTicks", bool: true)
            fields.append("space", bool: true)
            fields.append("sessions", bool: true)
            fields.append("beatAt", bool: true)
            fields.append(
                "isStale",
                document: { expression in
                    expression.append(
                        "$lt",
                        array: { pair in
                            pair.append("0", string: "$beatAt")
                            pair.append(
                                "1",
                                document: { subtraction in
                                    subtraction.append(
                                        "$subtract",
                                        array: { operands in
                                            operands.append("0", string: "$$NOW")
                                            operands.append("1", int64: deadAfter.milliseconds)
                                        })
                                })
                        })
                })
        }
        return projection
    }

    private func isGone(_ row: InstanceRow) -> Bool {
        row.space == identity.space && !InstanceIdentity.isRunning(pid: row.pid, startTicks: row.startTicks)
    }

    /// Only as it was read: one that came back to life meanwhile has written a new heartbeat and keeps its row.
    private func remove(id: ByteString, beatAt: Int64?, on connection: MongoConnection) throws(MongoFailure) {
        let reply = try connection.run("delete") { command in
            command.append("delete", string: GatewayCollection.instances)
            command.append(
                "deletes",
                array: { deletes in
                    deletes.append(
                        "0",
                        document: { delete in
                            delete.append(
                                "q",
                                document: { query in
                                    query.append("_id", string: id)
                                    if let beatAt { query.append("beatAt", date: beatAt) }
                                })
                            delete.append("limit", int64: 1)
                        })
                })
            command.appendPrimaryOnly()
        }
        try Self.checkWrite("delete", reply)
    }

    /// Takes this instance's row away: it ends in good order.
    func leave(on connection: MongoConnection) throws(MongoFailure) {
        try remove(id: identity.id, beatAt: nil, on: connection)
    }

    /// A write command that says ok may still hold errors.
    private static func checkWrite(_ name: String, _ reply: [UInt8]) throws(MongoFailure) {
        let failure = reply.withUnsafeBytes { MongoFailure(step: .command(name), reply: $0) }
        if failure.code != 0 { throw failure }
    }
}

extension BSONWriter {
    /// `writeConcern` of a command that must not wait for secondaries: the server's own default is the majority.
    mutating func appendPrimaryOnly() {
        append("writeConcern", document: { $0.append("w", int64: 1) })
    }

    /// `writeConcern` of a command that is to be durable when it is answered.
    mutating func appendMajority() {
        append(
            "writeConcern",
            document: { concern in
                concern.append("w", string: "majority")
                concern.append("wtimeout", int64: TransactionOptions.majorityTimeoutMilliseconds)
            })
    }
}
