import Ingest
import Contracts
import BSON
import Logging
import Mappings
import MongoStore

/// The store's server itself, on a connection that stays with it whether it is primary or not: makes faults.
struct StoreServer: Sendable {
    /// What goes wrong with a command.
    enum Fault: Sendable, CustomStringConvertible {
        case code(Int64)
        case closedConnection
        /// Done, but nobody knows whether a majority has it.
        case majorityUnknown

        var description: String {
            switch self {
            case .code(let code): "error \(code)"
            case .closedConnection: "a closed connection"
            case .majorityUnknown: "no answer from the majority"
            }
        }
    }

    private let deployment: MongoDeployment
    private let reader: MongoReader

    static func with(_ route: LiveRoute, _ body: (StoreServer) async throws -> Void) async throws {
        var settings = MongoSettings(uri: route.servers.storeURI + "&directConnection=true", database: "admin")
        settings.preparesDatabase = false
        let deployment = try MongoDeployment(
            settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let server = StoreServer(deployment: deployment, reader: deployment.makeReader())
        do {
            try await deployment.connect()
            try await body(server)
        } catch {
            await server.close()
            throw error
        }
        await server.close()
    }

    private func close() async {
        _ = try? await reader.command("configureFailPoint", on: "admin") { command in
            command.append("configureFailPoint", string: "failCommand")
            command.append("mode", string: "off")
        }
        await reader.close()
        await deployment.close()
    }

    /// The primary steps down, though there is no other, and is elected again.
    func stepDown() async throws {
        // The server hangs up on who asks for it, so the answer tells nothing.
        _ = try? await reader.command("replSetStepDown", on: "admin") { command in
            command.append("replSetStepDown", int64: 60)
            command.append("force", bool: true)
        }
        try await Patience.until("the server may be elected again") {
            (try? await reader.command("replSetFreeze", on: "admin") { $0.append("replSetFreeze", int64: 0) }) != nil
        }
        try await Patience.until("the server is primary again") { try await isPrimary() }
    }

    private func isPrimary() async throws -> Bool {
        let hello = try await reader.command("hello", on: "admin") { $0.append("hello", int64: 1) }
        return hello.withUnsafeBytes { BSONElements($0).first(named: "isWritablePrimary")?.bool == true }
    }

    /// Fails this command of this application `times` times, and returns when it has.
    func fail(_ name: String, with fault: Fault, times: Int64, of application: String) async throws {
        let reply = try await reader.command("configureFailPoint", on: "admin") { command in
            command.append("configureFailPoint", string: "failCommand")
            command.append("mode", document: { $0.append("times", int64: times) })
            command.append(
                "data",
                document: { data in
                    data.append("appName", string: application)
                    data.append(
                        "failCommands", array: { $0.append(BSONWriter.bytes(of: "0"), string: name) })
                    fault.append(to: &data)
                })
        }
        let before = reply.withUnsafeBytes { BSONElements($0).first(named: "count")?.integer ?? 0 }
        try await reader.command("waitForFailPoint", on: "admin") { command in
            command.append("waitForFailPoint", string: "failCommand")
            command.append("timesEntered", int64: before + times)
            command.append("maxTimeMS", int64: 20_000)
        }
    }
}

extension StoreServer.Fault {
    fileprivate func append(to data: inout BSONWriter) {
        switch self {
        case .code(let code): data.append("errorCode", int64: code)
        case .closedConnection: data.append("closeConnection", bool: true)
        case .majorityUnknown:
            data.append(
                "writeConcernError",
                document: { error in
                    error.append("code", int64: 64)
                    error.append("codeName", string: "WriteConcernFailed")
                    error.append("errmsg", string: "waiting for replication timed out")
                })
        }
    }
}

extension BSONWriter {
    fileprivate mutating func append(_ name: UnsafeBufferPointer<UInt8>, string text: String) {
        var text = text
        text.withUTF8 { append(name, string: $0) }
    }
}
