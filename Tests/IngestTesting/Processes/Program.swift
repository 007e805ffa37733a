package import Foundation
internal import Glibc
internal import Synchronization

/// A program that runs to its end.
package enum Program {
    package struct Result: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// Longest run of a program; then it is killed, and its status is the signal's number.
    private static let limit = Duration.seconds(180)

    /// Without `environment` it has this process's own.
    package static func run(
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
        let identifier = Identifier()
        let watch = Task.detached {
            try await Task.sleep(for: limit)
            identifier.kill()
        }
        defer { watch.cancel() }
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in
                identifier.forget()
                done.resume()
            }
            do {
                try process.runWithSignals()
                identifier.note(process)
            } catch {
                done.resume(throwing: error)
            }
        }
        return Result(
            status: process.terminationStatus, output: Scratch.text(of: output), errors: Scratch.text(of: errors))
    }

    /// Of a process that runs: once it has ended, another may have its number.
    private final class Identifier: Sendable {
        private let pid = Mutex<pid_t?>(nil)

        func note(_ process: Process) { pid.withLock { $0 = process.isRunning ? process.processIdentifier : nil } }
        func forget() { pid.withLock { $0 = nil } }
        func kill() { pid.withLock { if let pid = $0 { _ = Glibc.kill(pid, SIGKILL) } } }
    }

    /// As ``run(_:_:environment:in:)``, but a failure is an error that shows what the program said.
    @discardableResult
    package static func check(_ path: String, _ arguments: [String]) async throws -> String {
        let result = try await run(path, arguments)
        guard result.status == 0 else {
            throw Failure(
                description: "\(path) \(arguments.joined(separator: " ")) ended with \(result.status): "
                    + result.output + result.errors)
        }
        return result.output
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }
}
