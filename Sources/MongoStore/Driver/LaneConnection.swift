internal import Documents
internal import Lanes
internal import Pipeline
internal import Records
internal import Synchronization

/// A connection that is taken at the first call and given back in the end, and what is told of it to the health board.
/// Belongs to one lane.
struct LaneConnection {
    private let deployment: MongoDeployment
    private let reporter: HealthBoard.Reporter
    private var connection: MongoConnection?

    init(of deployment: MongoDeployment) {
        self.deployment = deployment
        reporter = deployment.healthBoard.newReporter()
    }

    mutating func using<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(MongoFailure) -> Result {
        do throws(MongoFailure) {
            let result = try body(open())
            deployment.healthBoard.reportUp(reporter)
            return result
        } catch {
            if error.verdict == .unavailable { deployment.healthBoard.reportDown(reporter, error.storeError.message) }
            throw error
        }
    }

    /// The same, for those who answer to the pipeline.
    mutating func asking<Result>(
        _ body: (MongoConnection) throws(MongoFailure) -> Result
    ) throws(StoreError) -> Result {
        do throws(MongoFailure) { return try using(body) } catch { throw error.storeError }
    }

    mutating func close() {
        connection?.close()
        connection = nil
        deployment.healthBoard.reportUp(reporter)
    }

    private mutating func open() throws(MongoFailure) -> MongoConnection {
        if let connection { return connection }
        let new = try MongoConnection(pool: deployment.openPool(), database: deployment.database)
        connection = new
        return new
    }
}

extension MongoConnection {
    /// Runs a command that writes. Such a command says in its reply, and not by failing, what it has not written. Returns the
    /// reply; `ignoring` are codes of single documents that do not count.
    @discardableResult
    func write(
        _ name: String, to collection: String, ignoring codes: Set<Int> = [], _ body: (inout BSONWriter) -> Void
    ) throws(MongoFailure) -> [UInt8] {
        let reply = try run(name) { command in
            command.append(Array(name.utf8), value: BSONValue(string: collection))
            body(&command)
            command.appendMajority()
        }
        if let failure = reply.withUnsafeBytes({ Self.failure(in: $0, of: collection, ignoring: codes) }) {
            throw failure
        }
        return reply
    }

    private static func failure(
        in reply: UnsafeRawBufferPointer, of collection: String, ignoring codes: Set<Int>
    ) -> MongoFailure? {
        let fields = BSONElements(reply)
        var isBad = fields.first(named: "writeConcernError") != nil
        if let errors = fields.first(named: "writeErrors")?.elements {
            for error in errors {
                let code = error.elements?.first(named: "code")?.integer ?? 0
                if !codes.contains(Int(code)) { isBad = true }
            }
        }
        return isBad ? MongoFailure(step: .write(collection: collection), reply: reply) : nil
    }

    /// Bytes of updates in one command; a single larger one still goes, alone. The server takes 48 MB, and documents of 16 MB.
    private static let bytesOfUpdates = 8 << 20

    /// Runs `update` commands with these updates (`{q, u, …}`), as many as their size needs. Returns how many documents they
    /// found. Where one command fails, those before it have been carried out.
    func update(
        _ collection: String, _ updates: BSONSequence, ignoring codes: Set<Int> = []
    ) throws(MongoFailure) -> Int {
        var found = 0
        for piece in updates.pieces(ofBytes: Self.bytesOfUpdates) {
            let reply = try write("update", to: collection, ignoring: codes) { command in
                command.append("updates", documents: piece)
                command.append(BSONWriter.bytes(of: "ordered"), bool: false)
            }
            found += reply.withUnsafeBytes { Int(BSONElements($0).first(named: "n")?.integer ?? 0) }
        }
        return found
    }
}
