package import BSON
package import Contracts
package import Logging
package import MongoStore
internal import Settings

/// Polls the collection `configuration`, which Promo's consoles write.
///
/// Read as a whole five times a second: it is small, and what it holds is in force on every instance whatever became of a
/// change stream in between. Where other programs keep much in it, less often: reading takes at most a twentieth of the
/// time. What was read stays in force while the store is away.
package struct ConfigurationCollection: Sendable {
    package static let interval = Duration.milliseconds(200)
    /// Until it was read for the first time, which the routes wait for.
    private static let firstInterval = Duration.milliseconds(20)

    package let mongo: MongoDeployment
    package let logger: Logger

    package init(mongo: MongoDeployment, logger: Logger) {
        self.mongo = mongo
        self.logger = logger
    }

    /// Gives what it reads to `take`, until the task is cancelled; before the first time, why it cannot, to `miss`.
    package func follow(_ take: (BSONSequence) -> Void, miss: (String) -> Void) async {
        let reader = mongo.makeReader()
        var hasRead = false
        var told: String?
        while !Task.isCancelled {
            let began = ContinuousClock.now
            // Before that, the connecting service reports errors.
            if mongo.guarantee != nil {
                do throws(StoreError) {
                    take(try await Self.documents(reader))
                    hasRead = true
                    told = nil
                } catch {
                    if error.message != told, !Task.isCancelled {
                        let words = "the collection '\(CollectionSettings.collection)' cannot be read: \(error.message)"
                        logger.warning("\(words)")
                        if !hasRead { miss("\(words); nothing is consumed before it was read once") }
                    }
                    told = error.message
                }
            }
            let interval = hasRead || told != nil ? Self.interval : Self.firstInterval
            try? await Task.sleep(for: max(interval, hasRead ? began.duration(to: .now) * 20 : .zero))
        }
        await reader.close()
    }

    package static func documents(_ reader: MongoReader) async throws(StoreError) -> BSONSequence {
        try await reader.settingDocuments(
            in: CollectionSettings.collection, limit: CollectionSettings.maximumDocuments + 1)
    }
}
