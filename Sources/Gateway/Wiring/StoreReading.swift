internal import ArgumentParser
internal import MongoStore
internal import Pipeline

/// A reader on the store for one command: connected, used, closed. What fails is told, with exit 69 where no server
/// answers.
enum StoreReading {
    static func with<Result: Sendable>(
        _ settings: Settings, _ body: (MongoReader) async throws -> Result
    ) async throws -> Result {
        do {
            let mongo = try MongoDeployment(
                StoreAddress.settings(settings), logger: Log.quiet(settings, label: "mongoDB"))
            try await mongo.connect()
            let reader = mongo.makeReader()
            let result = try await body(reader)
            await reader.close()
            await mongo.close()
            return result
        } catch let error as StoreError {
            Terminal.error("mongoDB: \(error.message)")
            throw ExitCode(error.kind == .unavailable ? 69 : 1)
        }
    }
}
