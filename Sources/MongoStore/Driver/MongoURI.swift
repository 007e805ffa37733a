internal import CMongoC
internal import Contracts
internal import JSON

/// A parsed connection string with our defaults for missing options. Owned; freed with the value.
struct MongoURI: ~Copyable {
    let pointer: OpaquePointer

    static let socketTimeoutMilliseconds: Int32 = 30_000
    static let serverSelectionTimeoutMilliseconds: Int32 = 5_000
    /// Interval of server monitoring, and so the maximum time until a lost primary is found again.
    static let heartbeatMilliseconds: Int32 = 500
    /// Maximum wait for a free connection of the pool.
    static let waitQueueTimeoutMilliseconds: Int32 = 5_000
    /// Connections are taken as routes, lanes and feeds need them, and kept: a default limit would only starve the last
    /// ones. The URI may set one.
    static let mostConnections: Int32 = 100_000
    static let applicationName = "promo-gateway"

    /// Throws if `text` is not a connection string; the error quotes at most an option's name.
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
        // Other write concerns do not matter, since each write sets its own.
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

    /// The database named in the string.
    var database: String? { mongoc_uri_get_database(pointer).map { String(cString: $0) } }

    /// Socket timeout of a call; 0: unlimited.
    var socketTimeoutMilliseconds: Int32 {
        mongoc_uri_get_option_as_int32(pointer, MONGOC_URI_SOCKETTIMEOUTMS, Self.socketTimeoutMilliseconds)
    }

    /// Maximum number of connections.
    var maxPoolSize: Int { Int(mongoc_uri_get_option_as_int32(pointer, MONGOC_URI_MAXPOOLSIZE, Self.mostConnections)) }

    private func setUnlessGiven(_ option: String, _ value: Int32) {
        if !mongoc_uri_has_option(pointer, option) { mongoc_uri_set_option_as_int32(pointer, option, value) }
    }

    /// libmongoc quotes what it cannot parse, and reads a password with an unescaped `/` as a database: quoted text is
    /// shown only if it is an option's name.
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
