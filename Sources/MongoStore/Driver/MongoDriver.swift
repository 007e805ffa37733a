internal import CMongoC
internal import Logging
internal import Synchronization

/// Process-wide state of libmongoc: initialised once, never cleaned up; its log is forwarded to swift-log.
enum MongoDriver {
    private static let sink = Mutex<Logger?>(nil)

    /// True while a connection string is parsed: libmongoc's warnings then quote parts of it, possibly of a password.
    @TaskLocal private static var isSilent = false

    private static let isInitialised: Bool = {
        // First, since initialisation already logs.
        mongoc_log_set_handler({ level, domain, message, _ in MongoDriver.log(level, domain, message) }, nil)
        mongoc_init()
        return true
    }()

    /// Must be called before any other libmongoc function. The first logger is kept.
    static func start(logger: Logger) {
        sink.withLock { if $0 == nil { $0 = logger } }
        precondition(isInitialised)
    }

    /// Runs `body` with libmongoc's log disabled on this thread.
    static func silently<Result>(_ body: () -> Result) -> Result { $isSilent.withValue(true, operation: body) }

    /// Called on any thread, with libmongoc's log lock held: must not call libmongoc.
    private static func log(
        _ level: mongoc_log_level_t, _ domain: UnsafePointer<CChar>?, _ message: UnsafePointer<CChar>?
    ) {
        guard !isSilent, let message, let logger = sink.withLock({ $0 }) else { return }
        let source = domain.map { String(cString: $0) } ?? "mongoc"
        logger.log(
            level: level.loggerLevel, "libmongoc: \(String(cString: message))", metadata: ["domain": "\(source)"])
    }
}

extension mongoc_log_level_t {
    fileprivate var loggerLevel: Logger.Level {
        switch self {
        case MONGOC_LOG_LEVEL_ERROR, MONGOC_LOG_LEVEL_CRITICAL: .error
        case MONGOC_LOG_LEVEL_WARNING: .warning
        case MONGOC_LOG_LEVEL_MESSAGE, MONGOC_LOG_LEVEL_INFO: .info
        case MONGOC_LOG_LEVEL_DEBUG: .debug
        default: .trace
        }
    }
}
