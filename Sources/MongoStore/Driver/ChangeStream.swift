internal import BSON
internal import CMongoC
internal import Contracts
internal import JSON

/// A change stream of a collection, opened and read by commands. Confined to the thread of its connection.
///
/// Not libmongoc's, whose `next` waits for more changes when a batch is used up, delaying those it has.
struct ChangeStream {
    enum Start {
        case now
        case after(token: [UInt8])
        /// Changes at this time of the store or later.
        case at(UInt64)
    }

    let collection: String
    /// Where reading goes on; empty before the first reply.
    private(set) var token: [UInt8] = []
    private var cursor: Int64 = 0
    private var server: UInt32 = 0

    init(of collection: String) { self.collection = collection }

    /// False once the server has ended it, as when the collection is dropped.
    var isOpen: Bool { cursor != 0 }

    /// Opens it anew. `each`: called with the changes that the reply already has. `stages`: after `$changeStream`.
    mutating func open(
        _ stages: [BSONLiteral], from start: Start, on connection: MongoConnection, _ each: (BSONElements) -> Void
    ) throws(MongoFailure) {
        cursor = 0
        server = try connection.primaryID()
        _ = try connection.beginSession()
        let options: BSONLiteral =
            switch start {
            case .now: [:]
            case .after(let token): ["resumeAfter": .raw(token)]
            // As it is: a value of a pipeline would become an expression.
            case .at(let time): .raw(.document { $0.append("startAtOperationTime", value: BSONValue(timestamp: time)) })
            }
        let reply = try connection.run(
            [
                "aggregate": .value(collection), "pipeline": .array([["$changeStream": options]] + stages),
                "cursor": [:],
            ], pinnedTo: server)
        take(reply, each)
    }

    /// Waits for changes, at most so long.
    mutating func next(
        atMost limit: Duration, on connection: MongoConnection, _ each: (BSONElements) -> Void
    ) throws(MongoFailure) {
        let reply: [UInt8]
        do throws(MongoFailure) {
            reply = try connection.run(
                [
                    "getMore": .int64(cursor), "collection": .value(collection),
                    "maxTimeMS": .int64(max(1, limit.milliseconds)),
                ], pinnedTo: server)
        } catch {
            cursor = 0
            throw error
        }
        take(reply, each)
    }

    /// Ends it at the server, if it can be reached.
    mutating func close(on connection: MongoConnection) {
        guard isOpen else { return }
        let gone = cursor
        cursor = 0
        _ = try? connection.run(["killCursors": .value(collection), "cursors": [.int64(gone)]], pinnedTo: server)
    }

    private mutating func take(_ reply: [UInt8], _ each: (BSONElements) -> Void) {
        reply.withUnsafeBytes { bytes in
            guard let fields = BSONElements(bytes).first(named: "cursor")?.elements else { return }
            for field in fields {
                if field.isNamed("id") {
                    cursor = field.integer ?? 0
                } else if field.isNamed("postBatchResumeToken") {
                    token = Array(field.value)
                } else if field.isNamed("nextBatch") || field.isNamed("firstBatch") {
                    for event in field.elements ?? BSONElements(bytes) {
                        if let event = event.elements { each(event) }
                    }
                }
            }
        }
    }

    /// Whether an error says that nothing can be read from this place on any more: history lost, invalid token, fatal error.
    static func isLost(_ failure: MongoFailure) -> Bool {
        failure.origin == .server && [260, 280, 286, 222].contains(failure.code)
    }

    /// Whether an error says that the server has no such cursor any more.
    static func isGone(_ failure: MongoFailure) -> Bool { [43, 237].contains(failure.code) }
}

extension MongoConnection {
    /// The current primary's id in libmongoc.
    fileprivate func primaryID() throws(MongoFailure) -> UInt32 {
        var error = bson_error_t()
        guard let server = mongoc_client_select_server(client, true, nil, &error) else {
            throw MongoFailure(step: .connect, error: error)
        }
        defer { mongoc_server_description_destroy(server) }
        return mongoc_server_description_id(server)
    }

    /// Runs a command in the session on that server: a cursor lives on one, and belongs to the session that it was opened in.
    @discardableResult
    fileprivate func run(_ command: BSONLiteral, pinnedTo server: UInt32) throws(MongoFailure) -> [UInt8] {
        let step = MongoFailure.Step.command(command.firstName)
        var error = bson_error_t()
        let reply = OwnedBSON()
        let settings = try callOptions()
        settings.append("serverId", int64: Int64(server))
        let isDone = try documentView.with(command.encoded(for: step), for: step) { command in
            mongoc_client_command_with_opts(
                client, database, command, options.primary, settings.pointer, reply.pointer, &error)
        }
        if isDone { return reply.copiedBytes }
        throw reply.withBytes { MongoFailure(step: step, reply: $0, error: error) }
    }
}
