package import Contracts
internal import JSON

/// Error texts for people. They name collection, index and remedy; never a record's values.
extension MongoFailure {
    package var storeError: StoreError { storeError(verdict.kind) }

    package func storeError(_ kind: StoreError.Kind) -> StoreError {
        StoreError(
            kind: kind, code: code, message: message, collection: kind == .unavailable ? nil : refusedCollection,
            isContention: verdict == .raceLost || (verdict == .refused && isDuplicateKey))
    }

    /// For an `_id` that repeatedly exists although the plan did not find it. `form`: the collection's properties, if
    /// known.
    func unseenID(_ form: CollectionKind?) -> StoreError {
        let why =
            if case .ordinary(let collation?) = form {
                "the collection's collation (\(collation)) takes two keys for one that differ in case or accents; write the"
                    + " key as it is stored, or put a collection without a collation in its place"
            } else {
                "reading it finds nothing; look for a collation or an index on _id that others do not have"
            }
        return StoreError(
            kind: .refused, code: code, message: "\(place): a record with this _id is there already, but \(why)")
    }

    /// For a transaction that the server aborted because it took too long.
    var tooSlow: StoreError {
        StoreError(
            kind: .refused, code: code,
            message: "\(place): the batch takes longer than a transaction may; split it, or raise mongod's "
                + "transactionLifetimeLimitSeconds")
    }

    private var message: String {
        switch verdict {
        case .refused: refusal
        case .raceLost:
            "\(place) keeps losing to other transactions (code \(code)); it is tried again. If it stays so, look "
                + "for a long transaction on these records with db.currentOp()"
        case .commitAgain:
            "the commit was not confirmed (\(reason)): it may have been done. The same batch is settled again, and the "
                + "ledger then tells"
        case .unavailable: "\(place) failed: \(reason)\(advice)"
        case .unknown:
            "\(place) failed: \(reason); the gateway does not know this answer, look for its code in mongod's log"
        }
    }

    private var refusal: String {
        if isDuplicateKey {
            let fields = keyPattern.map(\.description).joined(separator: ", ")
            return
                "\(place): a record with the same value of the unique index (\(fields)) exists; a missing field counts as null"
                + " there: if it may be missing, make the index sparse or partial; otherwise change the value, or drop the"
                + " index if it should not be unique"
        }
        if code == ServerCode.documentValidationFailure {
            return "\(place): the collection's validator refuses a record; compare it with "
                + "db.getCollectionInfos()[0].options.validator, or relax the validator by collMod"
        }
        if origin == .form { return text }
        if refusedCollection != nil {
            return code == ServerCode.invalidName
                ? "\(place): no collection may have that name (code \(code)); correct 'collection' in the definition or mapping"
                : "\(place): the collection takes no records (code \(code)), for it is a view, a time series, capped or the"
                    + " server's own; name another one ('collection' of the definition or of the mapping's target)"
        }
        if origin == .document {
            return "\(place): a record is too large for the store (16 MB at most) or no BSON; split it"
        }
        if ServerCode.tooLarge.contains(code) {
            return "\(place): a record or the batch is too large for the store (code \(code)); split it"
        }
        return "\(place): the store refuses a record (code \(code)); compare its fields with the collection's indexes"
    }

    private var place: String {
        switch step {
        case .connect: "connecting to MongoDB"
        case .begin: "beginning a transaction"
        case .create(let collection): "making sure of '\(collection)'"
        case .read(let collection): "reading from '\(collection)'"
        case .write(let collection): "writing to '\(collection)'"
        case .commit: "committing"
        case .command(let name): "'\(name)'"
        }
    }

    /// Server messages about one document quote it, so only the code is shown.
    private var reason: String {
        if isOneDocument { return "code \(code)" }
        return code == 0 || origin != .server ? text : "\(text) (code \(code))"
    }

    private var advice: String {
        switch origin {
        case .selection, .network: "; check that mongod runs and that mongoDB.uri names its host and port"
        case .authentication: "; check the user and password of mongoDB.uri, and authSource"
        case .server:
            switch code {
            case 13, 18, 11, 31: "; check the user and password of mongoDB.uri and the roles that it has"
            case 14031: "; free space on mongod's disk"
            case 100, 79: "; the replica set has too few members for w: majority"
            default: ""
            }
        default: ""
        }
    }
}

extension Verdict {
    /// The kind reported to the pipeline when the lane's own retries are exhausted.
    package var kind: StoreError.Kind {
        switch self {
        case .raceLost, .commitAgain, .unavailable: .unavailable
        case .refused: .refused
        case .unknown: .unknown
        }
    }
}
