import BSON
import Contracts
import JSON
import Logging
import MongoStore
import Testing

/// One test's own database, a deployment on it, and a reader that looks behind its back.
struct LiveStore: Sendable {
    let server: LiveServer
    let deployment: MongoDeployment
    /// Of another deployment with another name, so that faults made for the first one spare it.
    let reader: MongoReader
    private let eyes: MongoDeployment

    /// Runs `body` with a fresh database, which is dropped afterwards.
    static func with<Result: Sendable>(
        _ change: (inout MongoSettings) -> Void = { _ in }, _ body: (LiveStore) async throws -> Result
    ) async throws -> Result {
        let store = try await LiveStore(change)
        do {
            let result = try await body(store)
            try await store.dropAndClose()
            return result
        } catch {
            try? await store.dropAndClose()
            throw error
        }
    }

    private init(_ change: (inout MongoSettings) -> Void) async throws {
        server = try LiveServer.current()
        let name = "promo_test_\(String(UInt64.random(in: .min ... .max), radix: 36))"
        var settings = MongoSettings(uri: Self.uri(server.uri, application: name), database: name)
        change(&settings)
        deployment = try MongoDeployment(settings, logger: Self.logger("mongo"))
        // A direct connection: the server must be reachable also while it is not primary.
        eyes = try MongoDeployment(
            MongoSettings(
                uri: Self.uri(server.uri, application: "promo-test-eyes")
                    + (server.isOneServer ? "&directConnection=true" : ""), database: name),
            logger: Self.logger("eyes"))
        reader = eyes.makeReader()
        do {
            try await Self.connect(eyes)
            try await deployment.connect()
        } catch {
            await reader.close()
            await eyes.close()
            await deployment.close()
            throw error
        }
    }

    /// Waits for a server that has just been started.
    private static func connect(_ deployment: MongoDeployment) async throws {
        for _ in 0..<3 {
            do throws(StoreError) {
                return try await deployment.connect()
            } catch {
                if error.kind != .unavailable { throw error }
            }
        }
        try await deployment.connect()
    }

    static func logger(_ label: String) -> Logger {
        var logger = Logger(label: label)
        logger.logLevel = LiveServer.environment("MONGO_TEST_LOG").flatMap { Logger.Level(rawValue: $0) } ?? .critical
        return logger
    }

    static func uri(_ uri: String, application: String) -> String {
        uri + (uri.contains("?") ? "&" : uri.hasSuffix("/") ? "?" : "/?") + "appName=\(application)"
    }

    var applicationName: String { deployment.database }

    /// A second deployment on the same database, as another gateway would be.
    func another(
        application: String = "promo-test-other", _ change: (inout MongoSettings) -> Void = { _ in }
    ) throws -> MongoDeployment {
        var settings = deployment.settings
        settings.uri = Self.uri(server.uri, application: application)
        change(&settings)
        return try MongoDeployment(settings, logger: Self.logger("other"))
    }

    private func dropAndClose() async throws {
        await deployment.close()
        do {
            try await reader.command("dropDatabase") { $0.append("dropDatabase", int64: 1) }
        } catch {
            await reader.close()
            await eyes.close()
            throw error
        }
        await reader.close()
        await eyes.close()
    }

    /// Runs `body` with a lane of its own.
    func withLane<Result: Sendable>(_ body: (MongoTransactor) async throws -> Result) async throws -> Result {
        try await deployment.withLane(body)
    }

    // MARK: Looking

    func count(_ collection: String) async throws -> Int {
        try await reader.count(in: collection, filter: .document { _ in })
    }

    /// The integer `field` of the record, nil where there is none.
    func integer(_ field: StaticString, of id: ByteString, in collection: String) async throws -> Int64? {
        let found = try await reader.find(in: collection, filter: .document { $0.append("_id", string: id) })
        if found.isEmpty { return nil }
        return found.withDocument(0) { BSONElements($0).first(named: field)?.integer }
    }

    // MARK: Faults

    /// Makes the server fail these commands of the deployment `times` times; `body` appends how. Returns how often it has
    /// failed any so far, for ``waitForFault(after:)``.
    @discardableResult
    func fail(
        _ commands: [String], times: Int, application: String? = nil, _ body: @Sendable (inout BSONWriter) -> Void
    ) async throws -> Int64 {
        let application = application ?? applicationName
        let reply = try await reader.command("configureFailPoint", on: "admin") { command in
            command.append("configureFailPoint", string: "failCommand")
            command.append("mode", document: { $0.append("times", int64: Int64(times)) })
            command.append(
                "data",
                document: { data in
                    data.append("appName", string: application)
                    data.append("failCommands", array: { $0.append(strings: commands) })
                    body(&data)
                })
        }
        return reply.withUnsafeBytes { BSONElements($0).first(named: "count")?.integer ?? 0 }
    }

    /// Returns when a command has run into the fault that ``fail(_:times:application:_:)`` made.
    func waitForFault(after count: Int64) async throws {
        try await reader.command("waitForFailPoint", on: "admin") { command in
            command.append("waitForFailPoint", string: "failCommand")
            command.append("timesEntered", int64: count + 1)
            command.append("maxTimeMS", int64: 10_000)
        }
    }

    func endFailing() async throws {
        try await reader.command("configureFailPoint", on: "admin") { command in
            command.append("configureFailPoint", string: "failCommand")
            command.append("mode", string: "off")
        }
    }
}

extension MongoDeployment {
    /// Runs `body` with a lane of its own.
    func withLane<Result: Sendable>(_ body: (MongoTransactor) async throws -> Result) async throws -> Result {
        let lane = makeLane(named: "test-lane")
        do {
            let result = try await body(lane)
            await lane.close()
            return result
        } catch {
            await lane.close()
            throw error
        }
    }
}
