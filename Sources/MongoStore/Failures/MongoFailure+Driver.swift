internal import CMongoC
internal import JSON
internal import BSON

extension MongoFailure {
    /// Converts libmongoc's errors; the only place. `reply`: the server's response, if any. A bulk that failed as a
    /// whole has no `writeErrors`: its code is only in the reply or in `error`.
    init(step: Step, reply: UnsafeRawBufferPointer? = nil, error: bson_error_t = bson_error_t()) {
        self.init(step: step, origin: Origin(error), code: Int(error.code), text: error.text)
        guard let reply else { return }
        for element in BSONElements(reply) {
            if element.isNamed("errorLabels") {
                readLabels(element)
            } else if element.isNamed("code"), let code = element.integer {
                self.code = Int(code)
                origin = .server
            } else if element.isNamed("writeErrors"), let first = element.elements?.first(where: { _ in true }) {
                readWriteError(first)
                isOneDocument = true
            } else if element.isNamed("writeConcernErrors"), let first = element.elements?.first(where: { _ in true }) {
                readWriteConcernError(first)
            } else if element.isNamed("writeConcernError") {
                readWriteConcernError(element)
            }
        }
    }

    private mutating func readLabels(_ element: BSONElement) {
        guard let names = element.elements else { return }
        for name in names {
            switch name.byteString {
            case "TransientTransactionError": labels.insert(.transientTransaction)
            case "UnknownTransactionCommitResult": labels.insert(.unknownCommit)
            default: break
            }
        }
    }

    private mutating func readWriteError(_ element: BSONElement) {
        guard let fields = element.elements else { return }
        for field in fields {
            if field.isNamed("code"), let code = field.integer {
                self.code = Int(code)
                origin = .server
            } else if field.isNamed("keyPattern"), let pattern = field.elements {
                keyPattern = pattern.map { ByteString(copying: $0.name) }
            }
        }
    }

    /// Used only without a more severe error.
    private mutating func readWriteConcernError(_ element: BSONElement) {
        guard !isOneDocument, let code = element.elements?.first(named: "code")?.integer else { return }
        self.code = Int(code)
        origin = .server
    }
}

extension MongoFailure.Origin {
    fileprivate init(_ error: bson_error_t) {
        switch mongoc_error_domain_t(rawValue: error.domain) {
        case MONGOC_ERROR_SERVER, MONGOC_ERROR_WRITE_CONCERN: self = .server
        case MONGOC_ERROR_STREAM, MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_POOL: self = .network
        case MONGOC_ERROR_SERVER_SELECTION: self = .selection
        case MONGOC_ERROR_SASL, MONGOC_ERROR_SCRAM: self = .authentication
        case MONGOC_ERROR_BSON: self = .document
        case MONGOC_ERROR_CLIENT:
            switch mongoc_error_code_t(rawValue: error.code) {
            case MONGOC_ERROR_CLIENT_AUTHENTICATE, MONGOC_ERROR_CLIENT_GETNONCE: self = .authentication
            case MONGOC_ERROR_CLIENT_NOT_READY, MONGOC_ERROR_CLIENT_NO_ACCEPTABLE_PEER: self = .network
            case MONGOC_ERROR_CLIENT_TOO_BIG, MONGOC_ERROR_CLIENT_TOO_SMALL: self = .document
            default: self = .driver
            }
        default: self = .driver
        }
    }
}

extension bson_error_t {
    /// The message as text.
    var text: String {
        withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
