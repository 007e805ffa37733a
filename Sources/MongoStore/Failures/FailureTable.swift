internal import JSON

/// Classifies failures for the batch. The only place that interprets error codes.
package enum Verdict: Sendable, Equatable {
    /// A write conflict: run the whole batch again on a new snapshot.
    case raceLost
    /// The commit's result is unknown: request it again.
    case commitAgain
    /// The batch is not the cause: retry forever, with backoff.
    case unavailable
    /// The store refuses the batch's contents.
    case refused
    case unknown
}

/// Server error codes by meaning (src/mongo/base/error_codes.yml; five-digit ones are older).
enum ServerCode {
    static let duplicateKey: Set<Int> = [11000, 11001, 12582]
    static let documentValidationFailure = 121
    static let writeConcernTimeout = 64
    static let invalidName = 73
    static let badValue = 2
    static let maxTimeExpired = 50

    /// A conflict with another transaction, or a transaction aborted by the server.
    static let race: Set<Int> = [
        24,  // LockTimeout
        43,  // CursorNotFound
        46,  // LockBusy
        48,  // NamespaceExists: two transactions that make one collection
        112,  // WriteConflict
        117,  // ConflictingOperationInProgress
        225,  // TransactionTooOld
        237,  // CursorKilled: the session was killed
        239,  // SnapshotTooOld
        246,  // SnapshotUnavailable
        249,  // StaleDbVersion
        250,  // StaleChunkHistory
        251,  // NoSuchTransaction
        267,  // PreparedTransactionInProgress
        272,  // MigrationConflict
        290,  // TransactionExceededLifetimeLimitSeconds
        365,  // TemporarilyUnavailable: the cache is full of others' changes
        11601,  // Interrupted: the operation or the session was killed
        13388, 63, 150,  // StaleConfig and its older forms
    ]

    /// Network, no primary, disk, credentials, replication.
    static let infrastructure: Set<Int> = [
        6,  // HostUnreachable
        7,  // HostNotFound
        11,  // UserNotFound
        13,  // Unauthorized
        18,  // AuthenticationFailed
        31,  // RoleNotFound
        50,  // MaxTimeMSExpired
        64,  // WriteConcernTimeout
        79,  // UnknownReplWriteConcern
        89,  // NetworkTimeout
        91,  // ShutdownInProgress
        94,  // NotYetInitialized
        95,  // NotSecondary
        100,  // UnsatisfiableWriteConcern
        133,  // FailedToSatisfyReadPreference
        134,  // ReadConcernMajorityNotAvailableYet
        189,  // PrimarySteppedDown
        202,  // NetworkInterfaceExceededTimeLimit
        203,  // ShardingStateNotInitialized
        211,  // KeyNotFound: the keys that sign cluster times are not there yet
        214,  // AuthenticationRestrictionUnmet
        215,  // DatabaseDropPending
        216,  // ElectionInProgress
        261,  // TooManyLogicalSessions
        262,  // ExceededTimeLimit
        264,  // TooManyFilesOpen
        279,  // ClientDisconnect
        317, 384,  // ConnectionPoolExpired, ConnectionError
        371,  // UserWritesBlocked
        391,  // ReauthenticationRequired
        402, 433, 449,  // ResourceExhausted, AdmissionQueueOverflow, RateLimitExceeded
        8000,  // AtlasError
        9001,  // SocketException
        10058,  // LegacyNotPrimary
        10107,  // NotWritablePrimary
        11600,  // InterruptedAtShutdown
        11602,  // InterruptedDueToReplStateChange
        13435,  // NotPrimaryNoSecondaryOk
        13436,  // NotPrimaryOrSecondary
        14031,  // OutOfDiskSpace
    ]

    /// A batch too large for one transaction, or a document that is too large.
    static let tooLarge: Set<Int> = [
        257,  // TransactionTooLarge
        388,  // TransactionTooLargeForCache
        10334,  // BSONObjectTooLarge
        17280,  // KeyTooLong
        17419, 17420,  // the document would be too large after the update
    ]

    /// The collection cannot hold records, whatever their contents.
    static let wrongCollection: Set<Int> = [
        invalidName,
        166,  // CommandNotSupportedOnView
        263,  // OperationNotSupportedInTransaction: a time series, a capped collection, one of the server's own
    ]

    /// Errors of a single document, which the server identifies.
    static let badDocument: Set<Int> = [
        2,  // BadValue
        9,  // FailedToParse
        14,  // TypeMismatch
        15,  // Overflow: nested too deep
        16,  // InvalidLength
        20,  // IllegalOperation
        22,  // InvalidBSON
        28,  // PathNotViable
        40,  // ConflictingUpdateOperators
        52,  // DollarPrefixedFieldName
        53,  // InvalidIdField
        54,  // NotSingleValueField
        55,  // InvalidDBRef
        56,  // EmptyFieldName
        57,  // DottedFieldName
        61,  // ShardKeyNotFound
        66,  // ImmutableField
        111,  // NotExactValueField
        116,  // DocTooLargeForCapped
        121,  // DocumentValidationFailure
        171,  // CannotIndexParallelArrays
        201,  // CannotBuildIndexKeys
        241,  // ConversionFailure
        357,  // InvalidBSONType
        378,  // NonConformantBSON
        10003, 10067,  // a capped collection
        16755, 16756,  // a geographical index cannot read the value
        16766,  // a hashed index takes no lists
        16804, 17261, 17262,  // a text index cannot
    ]
}

extension MongoFailure {
    /// The server's time limit was exceeded.
    var isOutOfTime: Bool { origin == .server && code == ServerCode.maxTimeExpired }

    package var isDuplicateKey: Bool { origin == .server && ServerCode.duplicateKey.contains(code) }

    /// A record with this `_id` exists: inserted concurrently, or not read by the plan.
    package var isDuplicateID: Bool { isDuplicateKey && keyPattern == ["_id"] }

    package var verdict: Verdict {
        if step == .commit, labels.contains(.unknownCommit) { return .commitAgain }
        switch origin {
        case .network, .selection, .authentication: return step == .commit ? .commitAgain : .unavailable
        case .document, .form: return .refused
        case .driver:
            if labels.contains(.transientTransaction) { return .raceLost }
            return step == .commit ? .commitAgain : .unknown
        case .server: return serverVerdict
        }
    }

    private var serverVerdict: Verdict {
        if step == .commit, code == ServerCode.writeConcernTimeout { return .commitAgain }
        if ServerCode.infrastructure.contains(code) { return .unavailable }
        if ServerCode.tooLarge.contains(code) { return .refused }
        if isDuplicateKey { return isDuplicateID ? .raceLost : .refused }
        if refusesCollection { return .refused }
        if ServerCode.race.contains(code) || labels.contains(.transientTransaction) { return .raceLost }
        // The result is unknown, so it must not count as refused.
        if step == .commit { return .commitAgain }
        if isOneDocument || code == ServerCode.documentValidationFailure, ServerCode.badDocument.contains(code) {
            return .refused
        }
        return .unknown
    }

    /// The collection that cannot hold records, if that is the failure.
    var refusedCollection: String? {
        switch step {
        // A collection that cannot be created or read cannot be excluded item by item: each would read it again.
        case .create(let collection), .read(let collection):
            refusesCollection || verdict == .unknown ? collection : nil
        case .write(let collection): refusesCollection ? collection : nil
        case .connect, .begin, .commit, .command: nil
        }
    }

    private var refusesCollection: Bool {
        if origin == .form { return true }
        guard origin == .server, !isOneDocument else { return false }
        switch step {
        case .create, .read, .write: return ServerCode.wrongCollection.contains(code)
        case .connect, .begin, .commit, .command: return false
        }
    }
}
