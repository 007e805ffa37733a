internal import ArgumentParser
package import BSON
internal import Contracts
package import MongoStore
internal import Output
package import Settings

/// A reader on the store for one command: connected, used, closed. Failures are reported, with exit 69 where no server
/// answers.
package enum StoreReading {
    package static func with<Success: Sendable>(
        _ settings: Settings, _ body: (MongoReader) async throws -> Success
    ) async throws -> Success {
        do {
            return try await open(settings, body)
        } catch let error as StoreError {
            Terminal.error("mongoDB: \(error.message)")
            throw ExitCode(error.kind == .unavailable ? 69 : 1)
        }
    }

    /// The documents of the collection `configuration`.
    package static func documents(_ settings: Settings) async throws -> BSONSequence {
        try await open(settings) { try await ConfigurationCollection.documents($0) }
    }

    private static func open<Success: Sendable>(
        _ settings: Settings, _ body: (MongoReader) async throws -> Success
    ) async throws -> Success {
        var address = StoreAddress.settings(settings)
        address.preparesDatabase = false
        let mongo = try MongoDeployment(address, logger: Log.quiet(settings, label: "mongoDB"))
        let result = await read(mongo, body)
        await mongo.close()
        return try result.get()
    }

    private static func read<Success: Sendable>(
        _ mongo: MongoDeployment, _ body: (MongoReader) async throws -> Success
    ) async -> Result<Success, any Error> {
        do {
            try await mongo.connect()
        } catch {
            return .failure(error)
        }
        let reader = mongo.makeReader()
        let result: Result<Success, any Error>
        do {
            result = .success(try await body(reader))
        } catch {
            result = .failure(error)
        }
        await reader.close()
        return result
    }
}
