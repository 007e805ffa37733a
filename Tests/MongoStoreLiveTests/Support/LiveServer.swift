import Foundation
import Glibc
import IngestTesting
import Testing

/// The server that a test talks to: the one of `MONGODB_URI`, or a copy of its own that it may break.
struct LiveServer: Sendable {
    var uri: String
    /// `scripts/services` and the copy's name; nil for the server that all share, which nobody may break.
    fileprivate var services: (script: String, name: String)?

    /// A single mongod of our own; nil for the others.
    private var standalone: Standalone?

    /// Three mongods of our own; nil for the others.
    private var replicas: ReplicaSet?

    private struct Standalone: Sendable {
        let process: Process
        let directory: URL
    }

    @TaskLocal fileprivate static var own: LiveServer?

    /// The test's server. Call it only in tests that are enabled by ``isThere``.
    static func current() throws -> LiveServer {
        if let own { return own }
        return LiveServer(uri: try #require(environment("MONGODB_URI")))
    }

    // MARK: What there is

    static var isThere: Bool { environment("MONGODB_URI") != nil }
    static let hint: Comment = "MONGODB_URI is not set; eval \"$(scripts/services env)\" sets it"

    /// Servers of our own can be started: the shared one comes from `scripts/services` too.
    static var canStartOwn: Bool { root != nil }
    static let ownHint: Comment = "PROMO_SERVICES_DIR is not set; eval \"$(scripts/services env)\" sets it"

    /// Where `scripts` and the servers' programs are.
    static var root: String? {
        guard let directory = environment("PROMO_SERVICES_DIR"),
            let end = directory.range(of: "/.local/services/", options: .backwards)
        else { return nil }
        return String(directory[..<end.lowerBound])
    }

    static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: Breaking it

    /// `kill`, `start`, `pause` or `resume` on the test's own copy.
    func services(_ verb: String) async throws {
        let (script, name) = try #require(services, "the shared server must not be broken")
        try await Program.check(script, [verb, "mongod", "--name", name])
    }

    fileprivate static func startOwn(_ kind: OwnServer.Kind) async throws -> LiveServer {
        switch kind {
        case .replicaSet: try await startReplicaSet()
        case .standalone: try await startStandalone()
        case .threeMembers:
            try await startThreeMembers(program: try #require(root) + "/.local/bin/mongod")
        }
    }

    private static func startReplicaSet() async throws -> LiveServer {
        let root = try #require(root)
        let script = root + "/scripts/services"
        let name = "mongo-faults-\(ProcessInfo.processInfo.processIdentifier)-\(UInt16.random(in: 0 ... .max))"
        try await Program.check(script, ["start", "mongod", "--name", name])
        let lines = try await Program.check(script, ["env", "mongod", "--name", name])
        let line = try #require(lines.split(separator: "\n").first { $0.hasPrefix("export MONGODB_URI=") })
        let uri = line.dropFirst("export MONGODB_URI=".count).filter { $0 != "\\" && $0 != "'" }
        return LiveServer(uri: uri, services: (script, name))
    }

    /// The same program that `scripts/services` starts, but by itself and with nothing kept.
    private static func startStandalone() async throws -> LiveServer {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("promo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(root) + "/.local/bin/mongod")
        let port = 19_000 + Int.random(in: 0..<900)
        process.arguments = [
            "--port", "\(port)", "--bind_ip", "127.0.0.1", "--nounixsocket", "--dbpath", directory.path,
            "--wiredTigerCacheSizeGB", "0.25",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.runWithSignals()
        return LiveServer(
            uri: "mongodb://127.0.0.1:\(port)/", standalone: Standalone(process: process, directory: directory))
    }

    private static func startThreeMembers(program: String) async throws -> LiveServer {
        let set = try await ReplicaSet.start(program: program)
        return LiveServer(uri: set.uri, replicas: set)
    }

    /// Whether the URI names one server, and not the members of a set.
    var isOneServer: Bool { replicas == nil }

    /// Runs `body` while no majority takes what is written. All that was written before has one.
    func withoutMajority(_ body: () async throws -> Void) async throws {
        let replicas = try #require(replicas)
        try await replicas.catchUp()
        replicas.freezeSecondaries()
        defer { replicas.thawSecondaries() }
        try await body()
    }

    fileprivate func stopOwn() async {
        replicas?.stop()
        if let standalone {
            kill(standalone.process.processIdentifier, SIGKILL)  // nothing of it is kept
            standalone.process.waitUntilExit()
            try? FileManager.default.removeItem(at: standalone.directory)
        }
        guard let (script, name) = services else { return }
        _ = try? await Program.check(script, ["resume", "mongod", "--name", name])
        _ = try? await Program.check(script, ["stop", "--wipe", "--name", name])
    }
}

/// Gives a suite a mongod of its own, so that its tests may break it without breaking others.
struct OwnServer: SuiteTrait, TestScoping {
    enum Kind { case replicaSet, standalone, threeMembers }

    let kind: Kind

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let server = try await LiveServer.startOwn(kind)
        do {
            try await LiveServer.$own.withValue(server) { try await function() }
        } catch {
            await server.stopOwn()
            throw error
        }
        await server.stopOwn()
    }
}

extension Trait where Self == OwnServer {
    static var ownServer: OwnServer { ownServer(.replicaSet) }
    static func ownServer(_ kind: OwnServer.Kind) -> OwnServer { OwnServer(kind: kind) }
}
