import Ingest
import Contracts
import Foundation
import IngestTesting
import Glibc
import Testing

/// `gateway run` with settings that cannot be used. Needs no server.
@Suite("Wrong settings end the gateway with 78 and a line each")
struct WrongSettingsTests {
    private static func run(
        _ environment: [String: String] = [:], _ arguments: [String] = [], file: String? = nil
    ) async throws -> (status: Int32, lines: [Substring]) {
        let directory = try Scratch.directory()
        defer { try? FileManager.default.removeItem(at: directory) }
        if let file { try Data(file.utf8).write(to: directory.appendingPathComponent("gateway.yaml")) }
        let result = try await Program.run(
            GatewayProcess.path, ["run"] + arguments, environment: GatewayProcess.environment(environment),
            in: directory)
        return (result.status, result.errors.split(separator: "\n"))
    }

    @Test func `several at once: key, value and remedy of each, never a password`() async throws {
        let (status, lines) = try await Self.run([
            "RABBITMQ_URI": "amqp://user:p4ssw0rd@host:0/", "MONGODB_URI": "mongo://me:s3cr3t@db/",
            "CONSOLE_PORT": "http",
            "LANES": "0", "LOG_LEVEL": "loud", "RABBITMQ_ENABLED": "maybe",
        ])
        #expect(status == 78)
        let expected = [
            ("rabbitMQ.uri", "port"), ("mongoDB.uri", "mongodb://host:port/"), ("console.port", "'http'"),
            ("lanes", "'0'"), ("log.level", "'loud'"), ("rabbitMQ.enabled", "'maybe'"),
            ("rabbitMQ.endpointName", "RABBITMQ_ENDPOINT_NAME="),
        ]
        for (key, words) in expected {
            let own = lines.filter { $0.contains(key + ":") }
            #expect(own.count == 1, "\(key): \(own)")
            #expect(own.first?.contains(words) == true, "\(own)")
        }
        #expect(lines.count == expected.count, "\(lines)")
        for line in lines {
            #expect(!line.contains("p4ssw0rd") && !line.contains("s3cr3t"), "\(line)")
        }
    }

    /// A socket on the loopback interface that listens and answers nothing.
    private static func silentPort() throws -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, generic, &size) == 0
            }
        }
        try #require(isListening)
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    @Test func `a console port that is taken ends it with 69, also where the store hangs`() async throws {
        let (console, store) = (try Self.silentPort(), try Self.silentPort())
        defer { for socket in [console.socket, store.socket] { close(socket) } }
        let (status, lines) = try await Self.run([
            "RABBITMQ_ENDPOINT_NAME": "q", "CONSOLE_PORT": "\(console.port)",
            "MONGODB_URI": "mongodb://127.0.0.1:\(store.port)/db?directConnection=true",
        ])
        #expect(status == 69)
        #expect(lines.count { $0.contains("cannot listen on 127.0.0.1:\(console.port)") } == 1, "\(lines)")
    }

    @Test func `a console that others reach, without a token or with a weak one`() async throws {
        let queue = ["RABBITMQ_ENDPOINT_NAME": "q"]
        let (status, lines) = try await Self.run(queue.merging(["CONSOLE_HOST": "0.0.0.0"]) { $1 })
        #expect(status == 78)
        #expect(lines.count { $0.contains("CONSOLE_OPERATOR_TOKEN") } == 1, "\(lines)")
        let weak = try await Self.run(
            queue.merging(["CONSOLE_HOST": "0.0.0.0", "CONSOLE_OPERATOR_TOKEN": "letmein"]) { $1 })
        #expect(weak.status == 78)
        #expect(weak.lines.count { $0.contains("16 bytes") } == 1, "\(weak.lines)")
        #expect(weak.lines.allSatisfy { !$0.contains("letmein") })
    }

    @Test func `an unknown key in a file: its line and column, and what was meant`() async throws {
        let (status, lines) = try await Self.run(
            file: """
                rabbitMQ:
                  endpointName: q
                  virtualhost: /
                mongoDB:
                  databse: promo
                """)
        #expect(status == 78)
        #expect(
            lines.contains {
                $0.contains("gateway.yaml:3:3:") && $0.contains("'rabbitMQ.virtualhost'")
                    && $0.contains("did you mean 'virtualHost'?")
            }, "\(lines)")
        #expect(
            lines.contains {
                $0.contains("gateway.yaml:5:3:") && $0.contains("'mongoDB.databse'")
                    && $0.contains("did you mean 'database'?")
            }, "\(lines)")
        #expect(lines.count == 2, "\(lines)")
    }

    @Test func `a URI and parts of it: the keys in conflict, and where each was given`() async throws {
        let (status, lines) = try await Self.run(
            ["RABBITMQ_URI": "amqp://u:p4ssw0rd@h/", "RABBITMQ_PASSWORD": "0ther", "RABBITMQ_ENDPOINT_NAME": "q"],
            file: "rabbitMQ: {host: elsewhere}")
        #expect(status == 78)
        #expect(lines.count == 1, "\(lines)")
        let line = lines.first ?? ""
        for word in ["rabbitMQ.uri", "rabbitMQ.password", "RABBITMQ_PASSWORD", "rabbitMQ.host", "gateway.yaml:1:18"] {
            #expect(line.contains(word), "\(word) in \(line)")
        }
        #expect(!line.contains("p4ssw0rd") && !line.contains("0ther"))
    }
}
