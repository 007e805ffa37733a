package import BSON
package import Contracts
package import Logging
package import MongoStore
internal import Settings

/// Polls the collection `configuration`, which Promo's consoles write.
///
/// Read as a whole five times a second: it is small, and what it holds is in force on every instance whatever became of a
/// change stream in between. Where other programs keep megabytes in it, less often. What was read stays in force while the
/// store is away.
package struct ConfigurationCollection: Sendable {
    package static let interval = Duration.milliseconds(200)
    private static let longestInterval = Duration.seconds(5)
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
            var bytes = 0
            // Before that, the connecting service reports errors.
            if mongo.guarantee != nil {
                do throws(StoreError) {
                    let documents = try await Self.documents(reader)
                    bytes = documents.bytes.count
                    take(documents)
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
            // At most 4 MB a second.
            let rest = Duration.milliseconds(bytes / 4000)
            try? await Task.sleep(for: max(interval, min(rest, Self.longestInterval)))
        }
        await reader.close()
    }

    package static func documents(_ reader: MongoReader) async throws(StoreError) -> BSONSequence {
        try await reader.settingDocuments(
            in: CollectionSettings.collection, limit: CollectionSettings.maximumDocuments + 1)
    }
}
