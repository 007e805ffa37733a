import Ingest
import Contracts
import Foundation
import Glibc
import Synchronization
import Testing

/// A program that runs to its end.
enum Program {
    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Longest run of a program; then it is killed, and its status is the signal's number.
    private static let limit = Duration.seconds(180)

    /// Without `environment` it has this process's own.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String]? = nil, in directory: URL? = nil
    ) async throws -> Result {
        // To files: a server that the program leaves behind would keep a pipe open.
        let (output, errors) = (try Scratch.file("out"), try Scratch.file("err"))
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        if let environment { process.environment = environment }
        if let directory { process.currentDirectoryURL = directory }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let identifier = Mutex<pid_t?>(nil)
        let watch = Task.detached {
            try await Task.sleep(for: limit)
            // Until it has ended, nobody else can have its number.
            identifier.withLock { if let pid = $0 { kill(pid, SIGKILL) } }
        }
        defer { watch.cancel() }
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in
                identifier.withLock { $0 = nil }
                done.resume()
            }
            do {
                try process.runWithSignals()
                identifier.withLock { $0 = process.isRunning ? process.processIdentifier : nil }
            } catch {
                done.resume(throwing: error)
            }
        }
        return Result(
            status: process.terminationStatus, output: Scratch.text(of: output), errors: Scratch.text(of: errors))
    }

    /// As ``run(_:_:environment:in:)``, but a failure is an error that shows what the program said.
    @discardableResult
    static func check(_ path: String, _ arguments: [String]) async throws -> String {
        let result = try await run(path, arguments)
        guard result.status == 0 else {
            throw Failure(
                description: "\(path) \(arguments.joined(separator: " ")) ended with \(result.status): "
                    + result.output + result.errors)
        }
        return result.output
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
