import Contracts
import Ingest
import Foundation
import IngestTesting
import Glibc
import Testing

/// What becomes of standard output that cannot be written, for every verb that prints. Needs no server.
@Suite("Output that cannot be written is an error")
struct OutputTests {
    private static let definition =
        #"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}"#

    /// Verbs that print without a server, each in a starter project.
    static let verbs: [[String]] = [
        ["--help"], ["--version"], ["help", "run"], ["run", "--help"], ["dead-letters", "export", "--help"],
        ["--generate-completion-script", "bash"], ["check"], ["check", "--settings"],
        ["check", "--settings", "--format", "json"], ["check", "--format", "json"], ["check", "--format", "sarif"],
        ["check", "broken.yaml", "--format", "github"], ["check", "broken.yaml"], ["test"],
        ["test", "--format", "json"],
        ["test", "--coverage"], ["plan", "messages/products.json"],
        ["plan", "messages/products.json", "--format", "json"],
        ["explain", "messages/products.json"], ["explain", "messages/products.json", "--format", "json"],
        ["validate", "--schema", "schema.json", "--instance", "messages/products.json"],
        ["validate", "--ndjson"], ["schema", "list"], ["schema", "list", "--format", "json"],
        ["schema", "show", "catalogItem"], ["schema", "show", "catalogItem", "--format", "json"],
        ["schema", "show", "catalogItem", "--sample"], ["schema", "mapping"],
        ["schema", "mapping", "--format", "markdown"], ["init", "other"],
    ]

    /// A starter project.
    private static func withProject(_ body: (URL) async throws -> Void) async throws {
        let directory = try Scratch.directory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let made = try await Program.run(
            GatewayProcess.path, ["init", "."], environment: GatewayProcess.environment([:]), in: directory)
        try #require(made.status == 0, "\(made.errors)")
        try Data("routes: {\n".utf8).write(to: directory.appendingPathComponent("broken.yaml"))
        try Data(definition.utf8).write(to: directory.appendingPathComponent("schema.json"))
        try await body(directory)
    }

    /// The verb, run by a shell with its standard output as `redirection` says.
    static func run(
        _ verb: [String], _ redirection: String, in directory: URL, environment: [String: String] = [:]
    ) async throws -> Program.Result {
        let words = verb.map { "'\($0)'" }.joined(separator: " ")
        let lines = #"printf '%s\n' '{"id":1,"schema":true,"instance":1}' | "#
        return try await Program.run(
            "/bin/bash", ["-c", "\(lines) '\(GatewayProcess.path)' \(words) \(redirection); exit ${PIPESTATUS[1]}"],
            environment: GatewayProcess.environment(environment), in: directory)
    }

    @Test("on a full disk and on a closed one: 74, and a line that says so", arguments: verbs)
    func unwritable(verb: [String]) async throws {
        try await Self.withProject { directory in
            for (redirection, reason) in [(">/dev/full", "No space left"), (">&-", "Bad file descriptor")] {
                try? FileManager.default.removeItem(at: directory.appendingPathComponent("other"))
                let result = try await Self.run(verb, redirection, in: directory)
                #expect(result.status == 74, "\(verb) \(redirection): \(result.status) \(result.errors)")
                #expect(
                    result.errors.contains("standard output cannot be written: \(reason)"), "\(verb): \(result.errors)")
            }
        }
    }

    @Test(
        "where its reader has gone: quietly, as SIGPIPE ends it",
        arguments: verbs.filter { $0 != ["validate", "--ndjson"] })
    func readerGone(verb: [String]) async throws {
        try await Self.withProject { directory in
            try? FileManager.default.removeItem(at: directory.appendingPathComponent("other"))
            // A pipe whose reading end is closed before the verb begins.
            let redirection = #"> >(exec <&-; exec sleep 0)"#
            let result = try await Self.run(
                ["-c", "sleep 0.3; exec \"$0\" \"$@\"", GatewayProcess.path] + verb, redirection, in: directory,
                program: "/bin/bash")
            #expect(result.status == 141, "\(verb): \(result.status) \(result.errors)")
            #expect(!result.errors.contains("standard output"), "\(verb): \(result.errors)")
        }
    }

    @Test(
        "through a pipe that does not block and is read slowly, all of it arrives",
        arguments: [
            ["check", "--settings"], ["schema", "list", "--format", "json"], ["schema", "mapping"], ["--help"],
        ])
    func slowly(verb: [String]) async throws {
        try await Self.withProject { directory in
            let whole = try await Self.run(verb, "", in: directory)
            try #require(whole.status == 0 && whole.output.utf8.count > 1000)
            let file = directory.appendingPathComponent("slow.py")
            try Data(
                """
                import os, subprocess, sys, time
                reading, writing = os.pipe()
                os.set_blocking(writing, False)
                import fcntl
                fcntl.fcntl(writing, 1031, 4096)
                child = subprocess.Popen(sys.argv[1:], stdout=writing)
                os.close(writing)
                time.sleep(0.3)
                while True:
                    part = os.read(reading, 1000)
                    if not part: break
                    os.write(1, part)
                    time.sleep(0.002)
                sys.exit(child.wait())
                """.utf8
            ).write(to: file)
            let slow = try await Program.run(
                "/usr/bin/env", ["python3", file.path, GatewayProcess.path] + verb,
                environment: GatewayProcess.environment([:]), in: directory)
            #expect(slow.status == 0, "\(slow.errors)")
            #expect(slow.output == whole.output)
        }
    }

    @Test func `what init cannot write is not left there in half`() async throws {
        try await Self.withProject { directory in
            // No file may be larger than a block of 512 bytes.
            let result = try await Program.run(
                "/bin/bash", ["-c", "trap '' XFSZ; ulimit -f 1; exec '\(GatewayProcess.path)' init other"],
                environment: GatewayProcess.environment([:]), in: directory)
            #expect(result.status == 1, "\(result.status) \(result.errors)")
            let other = directory.appendingPathComponent("other")
            let left = FileManager.default.enumerator(atPath: other.path)?.compactMap { $0 as? String } ?? []
            for name in left {
                let path = other.appendingPathComponent(name).path
                var isDirectory: ObjCBool = false
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue
                else { continue }
                #expect((FileManager.default.contents(atPath: path)?.count ?? 0) > 0, "\(name)")
            }
        }
    }

    /// A process that was killed leaves libmongoc's counters in /dev/shm. The next one of its number has a warning about them from
    /// libmongoc, before `main`; here on a standard error that is a full pipe.
    @Test func `what libraries say before the start waits for no reader`() async throws {
        let directory = try Scratch.directory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("full.py")
        try Data(
            """
            import os, subprocess, sys
            counters = lambda: open(f"/dev/shm/mongoc-{os.getpid()}", "a").close()
            reading, writing = os.pipe()
            os.set_blocking(writing, False)
            try:
                while True: os.write(writing, b"x")
            except BlockingIOError: pass
            os.set_blocking(writing, True)
            child = subprocess.Popen(sys.argv[1:], stderr=writing, preexec_fn=counters)
            try: status = child.wait(20)
            except subprocess.TimeoutExpired: child.kill(); status = "has not ended"
            os.unlink(f"/dev/shm/mongoc-{child.pid}")
            sys.exit(status)
            """.utf8
        ).write(to: file)
        let result = try await Program.run(
            "/usr/bin/env", ["python3", file.path, GatewayProcess.path, "--version"],
            environment: GatewayProcess.environment([:]), in: directory)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("0."))
    }

    private static func run(
        _ arguments: [String], _ redirection: String, in directory: URL, program: String
    ) async throws -> Program.Result {
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        return try await Program.run(
            "/bin/bash", ["-c", "'\(program)' \(words) \(redirection)"],
            environment: GatewayProcess.environment([:]), in: directory)
    }
}

extension RouteLiveTests {
    @Suite("Output of verbs that ask the servers", .enabled(if: LiveServers.areThere))
    struct LiveOutput {
        @Test func `full, closed and slow: each verb says so, and an export is complete or an error`() async throws {
            try await LiveRoute.with { route in
                var workload = RouteWorkload(seed: 77)
                for number in 0..<300 {
                    _ = workload.add(
                        [WorkloadItem(faulty: #"{"operation":"I","code":"a\#(number)"}"#, .schema)], "napse",
                        .catalogBrand)
                }
                try await route.publish(workload.messages)
                let gateway = try await route.startReady()
                try await gateway.wait("the dead letters are there") {
                    try await route.store.deadLetters().count == 300
                }
                let environment = route.settings.merging(["CONSOLE_PORT": String(gateway.port)]) { $1 }
                let verbs: [[String]] = [
                    ["dead-letters", "export"], ["dead-letters", "export", "--messages"], ["dead-letters", "list"],
                    ["dead-letters", "list", "--format", "json"], ["status"], ["status", "--format", "json"],
                    ["config", "list"], ["config", "get", "lanes"], ["config", "set", "lanes", "2"],
                    ["config", "unset", "lanes"], ["feeds", "list", "--format", "json"],
                ]
                for verb in verbs {
                    for redirection in [">/dev/full", ">&-"] {
                        let result = try await OutputTests.run(
                            verb, redirection, in: route.directory, environment: environment)
                        #expect(result.status == 74, "\(verb) \(redirection): \(result.status) \(result.errors)")
                        #expect(!result.errors.contains("300 dead letters"), "\(verb)")
                    }
                }
                let whole = try await OutputTests.run(
                    ["dead-letters", "export"], "", in: route.directory, environment: environment)
                #expect(whole.output.split(separator: "\n").count == 300)
                // A shell's reader that takes one line and goes.
                let first = try await Program.run(
                    "/bin/bash",
                    ["-c", "'\(GatewayProcess.path)' dead-letters export | head -1; exit ${PIPESTATUS[0]}"],
                    environment: GatewayProcess.environment(environment), in: route.directory)
                #expect(first.output.split(separator: "\n").count == 1)
                #expect(first.status == 141 && first.errors.isEmpty, "\(first.status) \(first.errors)")
                #expect(try await gateway.terminate().code == 0)
            }
        }

        @Test func `a log that nobody reads keeps nobody from working, nor from the end`() async throws {
            try await LiveRoute.with { route in
                var ends: [Int32] = [0, 0]
                _ = pipe(&ends)
                defer { for end in ends { close(end) } }
                // Full before it begins.
                _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
                let bytes = [UInt8](repeating: 10, count: 4096)
                while write(ends[1], bytes, bytes.count) > 0 {}
                while write(ends[1], bytes, 1) > 0 {}
                _ = fcntl(ends[1], F_SETFL, 0)
                let gateway = try route.start(
                    ["LOG_LEVEL": "debug"], errors: FileHandle(fileDescriptor: ends[1], closeOnDealloc: false))
                try await gateway.waitUntilReady()
                var workload = RouteWorkload(seed: 78)
                try await route.publish(workload.next(2_000))
                try await route.waitUntilSettled(workload, by: gateway)
                try await gateway.wait("/readyz tells it", within: .seconds(20)) {
                    await gateway.readiness()?.warnings.contains { $0.contains("standard error takes no lines") }
                        == true
                }
                #expect(await gateway.readiness()?.isReady == true)
                let exit = try await gateway.terminate()
                #expect(exit.code == 0 && exit.after < .seconds(10), "\(exit)")
            }
        }

        @Test(arguments: ["2>&-", "2>/dev/full", "2> >(exec <&-; exec sleep 0)"])
        func `nor one that is closed, full or whose reader has gone`(redirection: String) async throws {
            try await LiveRoute.with { route in
                let port = try GatewayProcess.freePort()
                async let ended = Program.run(
                    "/bin/bash", ["-c", "exec '\(GatewayProcess.path)' run \(redirection)"],
                    environment: GatewayProcess.environment(
                        route.settings.merging(["CONSOLE_PORT": String(port), "LOG_LEVEL": "debug"]) { $1 }),
                    in: route.directory)
                var workload = RouteWorkload(seed: 79)
                try await route.publish(workload.next(200))
                let expected = Set(workload.messages.map { $0.ledgerID(queue: route.queue) }).count
                try await Patience.until("all is settled", within: .seconds(60), every: .milliseconds(50)) {
                    (try? await route.store.settledMessages()) == expected
                }
                let pid = try #require(try Self.pid(listeningOn: port))
                #expect(kill(pid, SIGTERM) == 0)
                #expect(try await ended.status == 0)
            }
        }

        /// The process that has this port, by what its environment says: it was started by a shell.
        private static func pid(listeningOn port: UInt16) throws -> Int32? {
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
            return names.lazy.compactMap { Int32($0) }.first { pid in
                guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ"),
                    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
                else { return false }
                return path.hasSuffix("/gateway")
                    && String(decoding: environment, as: UTF8.self).contains("CONSOLE_PORT=\(port)\0")
            }
        }
    }
}
