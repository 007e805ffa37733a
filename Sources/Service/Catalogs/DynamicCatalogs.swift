internal import BSON
internal import Ingest
internal import Logging
internal import MongoStore
internal import Operations
internal import Schemas
internal import ServiceLifecycle

/// Keeps dynamic catalogs in sync with the collection `dynamicField`, which Promo's console writes.
///
/// Polls the collection every second, and at once when a message names an unknown catalog: it is small, and polling is
/// independent of the state of a change stream.
actor DynamicCatalogs {
    private let mongo: MongoDeployment
    private let catalogs: CatalogTable
    private let logger: Logger
    private var reader: MongoReader?
    private var known: [UInt8]?
    private var isClosed = false

    init(mongo: MongoDeployment, catalogs: CatalogTable, logger: Logger) {
        self.mongo = mongo
        self.catalogs = catalogs
        self.logger = logger
    }

    /// Whether the collection was read at least once.
    var hasRead: Bool { known != nil }

    /// Waits for the first read: before, a dynamic catalog's message would be rejected as unknown. False if the gateway
    /// stops first, or the task is cancelled.
    func firstRead() async -> Bool {
        while !hasRead && !isClosed {
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        return hasRead
    }

    /// Reads the collection now. Keeps the known fields while the store is unavailable.
    @discardableResult
    func refresh() async -> CatalogRefresh {
        guard !isClosed else { return .ended }
        guard mongo.guarantee != nil else { return .unavailable }
        let reader = self.reader ?? mongo.makeReader()
        self.reader = reader
        guard let found = try? await reader.find(in: DynamicFields.collection, filter: [:], ofMajority: true) else {
            return isClosed ? .ended : .unavailable
        }
        guard found.bytes != known else { return .unchanged }
        let isFirst = known == nil
        known = found.bytes
        if !isFirst || !found.isEmpty { take(found) }
        return .changed
    }

    func close() async {
        isClosed = true
        await reader?.close()
    }

    private func take(_ documents: BSONSequence) {
        let fields = DynamicFields.fields(documents)
        let errors = catalogs.replace(dynamicFields: fields)
        for error in errors { logger.error("dynamicField: \(error)") }
        logger.notice(
            "dynamic catalogs read", metadata: ["count": "\(fields.count)", "refused": "\(errors.count)"])
    }
}

/// Polls the dynamic fields while the gateway runs.
struct DynamicFieldService: Service {
    let dynamic: DynamicCatalogs

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Quickly until the store is there, since the routes wait for the first read.
            while !Task.isCancelled {
                await dynamic.refresh()
                try? await Task.sleep(for: await dynamic.hasRead ? .seconds(1) : .milliseconds(20))
            }
        }
        await dynamic.close()
    }
}
