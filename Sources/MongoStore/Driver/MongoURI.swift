internal import CMongoC
internal import Documents
internal import Pipeline

/// A connection string that libmongoc has read, with our defaults for what it leaves open. Owned; freed with the value.
struct MongoURI: ~Copyable {
    let pointer: OpaquePointer

    static let socketTimeoutMilliseconds: Int32 = 30_000
    static let serverSelectionTimeoutMilliseconds: Int32 = 5_000
    /// How often the servers are asked how they are when nothing changes; so long an error that made us forget the primary
    /// may keep us away from it.
    static let heartbeatMilliseconds: Int32 = 500
    /// How long a caller waits for a free connection of the pool before it is told that there is none.
    static let waitQueueTimeoutMilliseconds: Int32 = 5_000
    /// Connections are taken as routes, lanes and feeds need them, each of which keeps what it has: a bound of ours would only
    /// leave the last ones without. One in the URI is the operator's.
    static let mostConnections: Int32 = 100_000
    static let applicationName = "promo-gateway"

    /// Throws where `text` is no connection string; the error quotes nothing of it but the name of an option.
    init(_ text: String) throws(StoreError) {
        if let problem = URICredentials.problem(in: text) ?? URICredentials.portProblem(in: text) {
            throw Self.unreadable(words: problem)
        }
        if let problem = MongoURIOptions.problem(in: text) {
            throw StoreError(kind: .unknown, code: 0, message: "mongoDB.uri: \(problem)")
        }
        var error = bson_error_t()
        let pointer = MongoDriver.silently {
            text.utf8.contains(0) ? nil : mongoc_uri_new_with_error(text, &error)
        }
        guard let pointer else { throw Self.unreadable(reason: error.text) }
        // Any other concern does no harm: each write says its own, which is the majority's.
        if let concern = mongoc_uri_get_write_concern(pointer), mongoc_write_concern_get_w(concern) == 0 {
            mongoc_uri_destroy(pointer)
            throw Self.unacknowledged
        }
        self.pointer = pointer
        setUnlessGiven(MONGOC_URI_SOCKETTIMEOUTMS, Self.socketTimeoutMilliseconds)
        setUnlessGiven(MONGOC_URI_SERVERSELECTIONTIMEOUTMS, Self.serverSelectionTimeoutMilliseconds)
        setUnlessGiven(MONGOC_URI_HEARTBEATFREQUENCYMS, Self.heartbeatMilliseconds)
        setUnlessGiven(MONGOC_URI_WAITQUEUETIMEOUTMS, Self.waitQueueTimeoutMilliseconds)
        setUnlessGiven(MONGOC_URI_MAXPOOLSIZE, Self.mostConnections)
        if !mongoc_uri_has_option(pointer, MONGOC_URI_APPNAME) {
            mongoc_uri_set_option_as_utf8(pointer, MONGOC_URI_APPNAME, Self.applicationName)
        }
    }

    deinit { mongoc_uri_destroy(pointer) }

    /// The database that the string itself names, behind the hosts.
    var database: String? { mongoc_uri_get_database(pointer).map { String(cString: $0) } }

    /// How long a call waits for the server; 0 where it waits for ever.
    var socketTimeoutMilliseconds: Int32 {
        mongoc_uri_get_option_as_int32(pointer, MONGOC_URI_SOCKETTIMEOUTMS, Self.socketTimeoutMilliseconds)
    }

    /// How many connections the pool holds at most.
    var maxPoolSize: Int { Int(mongoc_uri_get_option_as_int32(pointer, MONGOC_URI_MAXPOOLSIZE, Self.mostConnections)) }

    private func setUnlessGiven(_ option: String, _ value: Int32) {
        if !mongoc_uri_has_option(pointer, option) { mongoc_uri_set_option_as_int32(pointer, option, value) }
    }

    /// libmongoc quotes what it could not read, and a password with an unescaped `/` in it is read as a database: what
    /// stands in quotation marks is shown only when it is the name of an option.
    static func unreadable(reason: String) -> StoreError {
        let parts = reason.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        var words = parts[0].prefix { $0 != "'" && $0 != ":" }.trimmed
        if parts.count > 1, isOption(String(parts[1])) { words += " \(parts[1])" }
        return unreadable(words: words)
    }

    private static func unreadable(words: String) -> StoreError {
        StoreError(
            kind: .unknown, code: 0,
            message: "mongoDB.uri cannot be read\(words.isEmpty ? "" : " (\(words))"): it should look like "
                + "mongodb://user:password@host:27017/?replicaSet=rs0; \(URICredentials.remedy)")
    }

    private static let unacknowledged = StoreError(
        kind: .unknown, code: 0,
        message: "w=0 in mongoDB.uri asks MongoDB for no answer to a write, so nobody would know what is stored, and no"
            + " transaction begins; leave w out, the gateway writes with w=majority")

    static func isOption(_ name: String) -> Bool {
        mongoc_uri_option_is_int32(name) || mongoc_uri_option_is_int64(name) || mongoc_uri_option_is_bool(name)
            || mongoc_uri_option_is_utf8(name)
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var rest = self
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
