internal import Logging
internal import MongoStore
internal import Pipeline
internal import Records

/// The collection `configuration` of the store, which Promo's consoles write, read again and again.
///
/// Read as a whole five times a second: it is small, and what it holds is in force on every instance whatever became of a
/// change stream in between. What was read stays in force while the store is away.
struct ConfigurationCollection: Sendable {
    static let interval = Duration.milliseconds(200)
    /// Until it was read for the first time, which the routes wait for.
    private static let firstInterval = Duration.milliseconds(20)

    let mongo: MongoDeployment
    let logger: Logger

    /// Gives what it reads to `take`, until the task is cancelled; before the first time, why it cannot, to `miss`.
    func follow(_ take: (BSONSequence) -> Void, miss: (String) -> Void) async {
        let reader = mongo.makeReader()
        var hasRead = false
        var told: String?
        while !Task.isCancelled {
            // Before that, whoever connects tells what keeps it from doing so.
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
            try? await Task.sleep(for: hasRead || told != nil ? Self.interval : Self.firstInterval)
        }
        await reader.close()
    }

    static func documents(_ reader: MongoReader) async throws(StoreError) -> BSONSequence {
        try await reader.settingDocuments(
            in: CollectionSettings.collection, limit: CollectionSettings.maximumDocuments + 1)
    }
}
