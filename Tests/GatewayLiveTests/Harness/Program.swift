import Ingest
import Contracts
import Foundation
import Testing

/// A program that runs to its end.
enum Program {
    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

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
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.runWithSignals() } catch { done.resume(throwing: error) }
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
