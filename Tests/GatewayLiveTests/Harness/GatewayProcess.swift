import Ingest
import Contracts
import Foundation
import IngestTesting
import Glibc
import Testing

/// One run of the real `gateway` binary, from its start to its end.
final class GatewayProcess: Sendable {
    /// How it ended.
    struct Exit: Sendable {
        /// The exit code; nil when a signal ended it.
        let code: Int32?
        /// From the signal that asked for it.
        let after: Duration
    }

    let port: UInt16
    private let process: Process
    private let outputFile: URL
    private let began = ContinuousClock.now

    /// The binary that was built together with these tests.
    static let path: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("gateway").path
    }()

    /// Whether it heeds `GATEWAY_CRASH_AT`: where it is built for debugging, as these tests then are.
    static var hasCrashPoints: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    /// Only these variables, whatever the tests themselves were given: a stray one would be a setting.
    static func environment(_ settings: [String: String]) -> [String: String] {
        let inherited = ProcessInfo.processInfo.environment.filter {
            ["PATH", "HOME", "TMPDIR", "LANG"].contains($0.key)
        }
        return inherited.merging(settings) { _, own in own }
    }

    /// Starts `gateway run` with these settings, as environment variables. `errors`: its standard error, where that is not to
    /// be kept.
    init(_ settings: [String: String], in directory: URL, errors: FileHandle? = nil) throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: Self.path), "no gateway beside the tests; swift build makes it"
        )
        port = try Self.freePort()
        outputFile = try Scratch.file("log")
        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = ["run"]
        process.currentDirectoryURL = directory
        process.environment = Self.environment(settings.merging(["CONSOLE_PORT": String(port)]) { _, own in own })
        process.standardInput = FileHandle.nullDevice
        let handle = try FileHandle(forWritingTo: outputFile)
        process.standardOutput = handle
        process.standardError = errors ?? handle
        try process.runWithSignals()
    }

    deinit { try? FileManager.default.removeItem(at: outputFile) }

    // MARK: Looking

    var isRunning: Bool { process.isRunning }
    var pid: Int32 { process.processIdentifier }

    /// All it has printed.
    var output: String { Scratch.text(of: outputFile) }

    /// In words, for people.
    var state: String {
        if process.isRunning { return "running" }
        return process.terminationReason == .uncaughtSignal
            ? "ended by signal \(process.terminationStatus)" : "ended with code \(process.terminationStatus)"
    }

    /// What `/readyz` says; nil while nobody answers.
    func readiness() async -> Readiness? {
        guard let answer = await HTTPAnswer.get("/readyz", port: port) else { return nil }
        return Readiness(answer)
    }

    /// What `/metrics` says.
    func metrics() async throws -> Metrics {
        Metrics(try #require(await HTTPAnswer.get("/metrics", port: port), "no answer from /metrics").text)
    }

    /// The most memory that it has had so far, in bytes.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return try #require(line.flatMap { Int($0.split(separator: " ").dropLast().last ?? "") }) << 10
    }

    // MARK: Waiting

    /// Until `/readyz` says 200.
    func waitUntilReady(within limit: Duration = .seconds(30)) async throws {
        try await wait("the gateway is ready", within: limit) { await self.readiness()?.isReady == true }
    }

    /// Until `isSo`; an error at once when the gateway ends meanwhile.
    func wait(
        _ what: @autoclosure () -> String, within limit: Duration = .seconds(30),
        every pause: Duration = .milliseconds(20), _ isSo: () async throws -> Bool
    ) async throws {
        try await Patience.until(what(), within: limit, every: pause) {
            guard process.isRunning else {
                throw Patience.Lost(description: "the gateway \(state) while waiting: \(what())")
            }
            return try await isSo()
        }
    }

    /// From the start until it has printed this.
    func timeUntil(_ words: String, within limit: Duration = .seconds(30)) async throws -> Duration {
        try await Patience.until("the gateway says '\(words)'", within: limit, every: .milliseconds(2)) {
            output.contains(words)
        }
        return began.duration(to: .now)
    }

    // MARK: Reloading

    /// SIGHUP: it reads everything again.
    func hangUp() throws { try signal(SIGHUP) }

    /// How many reloads have ended, by outcome.
    func reloads() async throws -> (done: Int, refused: Int) {
        let metrics = try await metrics()
        return (
            metrics.sum("gateway_reloads_total", "outcome", "done"),
            metrics.sum("gateway_reloads_total", "outcome", "refused")
        )
    }

    // MARK: Freezing

    /// SIGSTOP: it stands still, its connections stay.
    func freeze() throws { try signal(SIGSTOP) }

    /// SIGCONT: it goes on as if nothing had been.
    func thaw() throws { try signal(SIGCONT) }

    private func signal(_ signal: Int32) throws {
        try #require(Glibc.kill(process.processIdentifier, signal) == 0, "the gateway \(state)")
    }

    // MARK: Ending

    /// SIGKILL: no instruction more.
    func kill() async throws { _ = try await end(by: SIGKILL, within: .seconds(10)) }

    /// SIGTERM, and how it ended.
    func terminate(within limit: Duration = .seconds(20)) async throws -> Exit {
        try await end(by: SIGTERM, within: limit)
    }

    private func end(by signal: Int32, within limit: Duration) async throws -> Exit {
        let asked = ContinuousClock.now
        try self.signal(signal)
        try await Patience.until("the gateway ends by signal \(signal)", within: limit, every: .milliseconds(5)) {
            !process.isRunning
        }
        // Left by a killed process: the next one of that number would say on standard error that it cannot make its own.
        unlink("/dev/shm/mongoc-\(process.processIdentifier)")
        let code = process.terminationReason == .exit ? process.terminationStatus : nil
        return Exit(code: code, after: asked.duration(to: .now))
    }

    static func freePort() throws -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, size) == 0 && getsockname(listener, generic, &size) == 0
            }
        }
        try #require(isBound, "no free port on the loopback interface")
        return UInt16(bigEndian: address.sin_port)
    }
}
