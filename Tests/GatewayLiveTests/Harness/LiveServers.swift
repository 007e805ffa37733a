import Ingest
import Contracts
import Foundation
import IngestTesting
import RabbitMQ
import Testing

/// The broker and the store of these tests.
///
/// Where `scripts/services` is at hand, a copy of both that nobody else uses: these tests stop and kill servers, and other
/// suites run at the same time. Else the servers that `RABBITMQ_URI` and `MONGODB_URI` name, which are left in peace.
struct LiveServers: Sendable {
    let brokerURI: String
    let storeURI: String
    private var copy: Copy?

    private struct Copy: Sendable {
        let script: String
        let name: String
        let control: String
    }

    enum Server: String {
        case rabbitmq, mongod
    }

    @TaskLocal private static var running: LiveServers?

    /// Those that ``LiveServersTrait`` has started.
    static func current() throws -> LiveServers { try #require(running, "the suite lacks the trait .liveServers") }

    // MARK: What there is

    static let areThere: Bool = {
        if mayBreak || (environment("RABBITMQ_URI") != nil && environment("MONGODB_URI") != nil) { return true }
        print("SKIPPED: the whole-route tests need servers: eval \"$(scripts/services env)\" names them")
        return false
    }()

    /// Whether there are servers that may be stopped, killed and frozen.
    static let areOurs: Bool = {
        if areThere, !mayBreak {
            print("SKIPPED: whole-route tests that break servers need both to be of scripts/services")
        }
        return mayBreak
    }()

    /// Someone who has named a server of their own wants that one to be used.
    private static var mayBreak: Bool {
        root != nil && environment("PROMO_OWN_RABBITMQ_URI") != nil && environment("PROMO_OWN_MONGODB_URI") != nil
    }

    /// Where `scripts` are.
    private static var root: String? {
        guard let directory = environment("PROMO_SERVICES_DIR"),
            let end = directory.range(of: "/.local/services/", options: .backwards)
        else { return nil }
        return String(directory[..<end.lowerBound])
    }

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: Starting and stopping

    /// Runs `body` with the servers, which are stopped and wiped afterwards where they are ours.
    static func with(_ body: @Sendable () async throws -> Void) async throws {
        let servers = try await start()
        do {
            try await $running.withValue(servers) { try await body() }
        } catch {
            await servers.end()
            throw error
        }
        await servers.end()
    }

    private static let namePrefix = "route-"

    private static func start() async throws -> LiveServers {
        guard mayBreak, let root else {
            return LiveServers(
                brokerURI: try #require(environment("RABBITMQ_URI")), storeURI: try #require(environment("MONGODB_URI"))
            )
        }
        let script = root + "/scripts/services"
        await clearAway(script, root + "/.local/services")
        let name = namePrefix + String(ProcessInfo.processInfo.processIdentifier)
        try await Program.check(script, ["start", "--name", name])
        var values: [Substring: String] = [:]
        for line in try await Program.check(script, ["env", "--name", name]).split(separator: "\n") {
            let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1].filter { $0 != "\\" && $0 != "'" } }
        }
        return LiveServers(
            brokerURI: try #require(values["RABBITMQ_URI"]), storeURI: try #require(values["MONGODB_URI"]),
            copy: Copy(script: script, name: name, control: try #require(values["PROMO_RABBITMQCTL"])))
    }

    /// Stops what runs that were killed have left behind.
    private static func clearAway(_ script: String, _ directory: String) async {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            guard name.hasPrefix(namePrefix), let owner = Int32(name.dropFirst(namePrefix.count)) else { continue }
            guard !FileManager.default.fileExists(atPath: "/proc/\(owner)") else { continue }
            _ = try? await Program.run(script, ["stop", "--wipe", "--name", name])
        }
    }

    private func end() async {
        guard let copy else { return }
        for server in [Server.rabbitmq, .mongod] {
            _ = try? await Program.run(copy.script, ["resume", server.rawValue, "--name", copy.name])
        }
        _ = try? await Program.run(copy.script, ["stop", "--wipe", "--name", copy.name])
    }

    // MARK: Breaking them

    /// `start`, `stop`, `kill`, `pause` or `resume`, as `scripts/services --help` says.
    func services(_ verb: String, _ server: Server) async throws {
        let copy = try #require(copy, "servers that are not ours must not be broken")
        try await Program.check(copy.script, [verb, server.rawValue, "--name", copy.name])
    }

    /// `rabbitmqctl` of our broker.
    func control(_ arguments: String...) async throws {
        try await control().run(arguments)
    }

    private func control() throws -> BrokerControl {
        BrokerControl(program: try #require(copy, "a broker that is not ours must not be broken").control)
    }
}

extension LiveServers {
    /// The broker takes nothing while `body` runs: its memory counts as used up.
    func withMemoryAlarm(_ body: () async throws -> Void) async throws {
        try await control().withMemoryAlarm(body)
    }
}

/// Starts the servers before a suite and stops them after it.
struct LiveServersTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard LiveServers.areThere else { return try await function() }
        try await LiveServers.with(function)
    }
}

extension Trait where Self == LiveServersTrait {
    static var liveServers: LiveServersTrait { LiveServersTrait() }
}
