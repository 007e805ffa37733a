import Foundation
import Glibc
import IngestTesting
import MongoStore
import BSON
import Testing

/// Three mongods as one replica set, whose first member is and stays the primary: its secondaries can be stopped for a while,
/// and then no majority has what is written.
struct ReplicaSet: Sendable {
    private struct Member: Sendable {
        let process: Process
        let directory: URL
        let port: Int
    }

    private let members: [Member]

    var uri: String {
        "mongodb://\(members.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))/?replicaSet=three"
    }

    static func start(program: String) async throws -> ReplicaSet {
        let first = 20_000 + Int.random(in: 0..<900) * 3
        let set = ReplicaSet(members: try (0..<3).map { try start(program, port: first + $0) })
        do {
            try await set.initiate()
        } catch {
            set.stop()
            throw error
        }
        return set
    }

    private static func start(_ program: String, port: Int) throws -> Member {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("promo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [
            "--port", "\(port)", "--bind_ip", "127.0.0.1", "--nounixsocket", "--dbpath", directory.path,
            "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--replSet", "three",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.runWithSignals()
        return Member(process: process, directory: directory, port: port)
    }

    private func initiate() async throws {
        var settings = MongoSettings(
            uri: "mongodb://127.0.0.1:\(members[0].port)/?directConnection=true", database: "admin")
        settings.preparesDatabase = false
        let deployment = try MongoDeployment(settings, logger: LiveStore.logger("set"))
        let reader = deployment.makeReader()
        let ports = members.map(\.port)
        do {
            try await Self.patiently { try await deployment.connect() }
            try await Self.patiently {
                try await reader.command("replSetInitiate", on: "admin") { command in
                    command.append(
                        "replSetInitiate",
                        document: { config in
                            config.append("_id", string: "three")
                            config.append("members", array: { $0.append(members: ports) })
                            config.append(
                                "settings",
                                document: { settings in
                                    // Stopped secondaries are to be waited for, and no reason to step down.
                                    settings.append("electionTimeoutMillis", int64: 600_000)
                                    settings.append("heartbeatTimeoutSecs", int64: 600)
                                })
                        })
                }
            }
            // Once all members have what was written they are ready.
            try await Self.patiently {
                // By itself it would wait for the time after which a primary is missed.
                _ = try? await reader.command("replSetStepUp", on: "admin") { $0.append("replSetStepUp", int64: 1) }
                try await Self.catchUp(reader)
            }
        } catch {
            await reader.close()
            await deployment.close()
            throw error
        }
        await reader.close()
        await deployment.close()
    }

    /// Returns once all members have all that is written.
    func catchUp() async throws {
        var settings = MongoSettings(uri: uri, database: "admin")
        settings.preparesDatabase = false
        let deployment = try MongoDeployment(settings, logger: LiveStore.logger("set"))
        let reader = deployment.makeReader()
        let result: Result<Void, any Error>
        do {
            try await deployment.connect()
            result = .success(try await Self.catchUp(reader))
        } catch {
            result = .failure(error)
        }
        await reader.close()
        await deployment.close()
        try result.get()
    }

    private static func catchUp(_ reader: MongoReader) async throws {
        let reply = try await reader.command("insert", on: "promo_test_set") { command in
            command.append("insert", string: "probe")
            command.append("documents", array: { $0.append("0", document: { $0.append("n", int64: 1) }) })
            command.append(
                "writeConcern",
                document: { concern in
                    concern.append("w", int64: 3)
                    concern.append("wtimeout", int64: 10_000)
                })
        }
        let isDone = reply.withUnsafeBytes { BSONElements($0).first(named: "writeConcernError") == nil }
        try #require(isDone)
    }

    private static func patiently(_ body: () async throws -> Void) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do { return try await body() } catch { if ContinuousClock.now > end { throw error } }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    // MARK: Faults

    /// Stops both secondaries; the primary stays what it is.
    func freezeSecondaries() { for member in members.dropFirst() { kill(member.process.processIdentifier, SIGSTOP) } }

    func thawSecondaries() { for member in members.dropFirst() { kill(member.process.processIdentifier, SIGCONT) } }

    func stop() {
        thawSecondaries()
        for member in members { kill(member.process.processIdentifier, SIGKILL) }
        for member in members {
            member.process.waitUntilExit()
            try? FileManager.default.removeItem(at: member.directory)
        }
    }
}

extension BSONWriter {
    /// The first one alone may become primary.
    fileprivate mutating func append(members ports: [Int]) {
        for (number, port) in ports.enumerated() {
            BSONWriter.withIndexName(number) { name in
                append(
                    name,
                    document: { member in
                        member.append("_id", int64: Int64(number))
                        member.append("host", string: "127.0.0.1:\(port)")
                        member.append("priority", int64: number == 0 ? 1 : 0)
                    })
            }
        }
    }
}
