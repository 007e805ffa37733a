package import Foundation

/// The files that settings, mappings and definitions are read from: those on the disk, or a snapshot of them.
package enum Files {
    @TaskLocal private static var snapshot: FileSnapshot?

    /// What `body` reads comes from the snapshot, and what that has not read yet, gets into it.
    package static func reading<Result>(_ snapshot: FileSnapshot, _ body: () throws -> Result) rethrows -> Result {
        try $snapshot.withValue(snapshot, operation: body)
    }

    package static func reading<Result>(
        _ snapshot: FileSnapshot, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await $snapshot.withValue(snapshot, operation: body)
    }

    /// Nil where it cannot be read.
    package static func content(_ path: String) -> Data? {
        snapshot.map { $0.content(path) } ?? FileManager.default.contents(atPath: path)
    }

    /// Nil where it is not UTF-8 text, or cannot be read.
    package static func text(_ path: String) -> String? { content(path).flatMap { String(data: $0, encoding: .utf8) } }

    package static func exists(_ path: String) -> Bool { stamp(path) != nil }

    package static func isDirectory(_ path: String) -> Bool { stamp(path)?.isDirectory == true }

    /// Whether a file in a directory counts: not `.x.yaml`, `._x.yaml` and `.#x.yaml`, which file systems and editors leave
    /// behind, nor `#x.yaml` and `~x.yaml`.
    package static func isShown(_ name: String) -> Bool { name.first.map { !".#~".contains($0) } ?? false }

    /// In no order; nil where it is not a directory.
    package static func names(in directory: String) -> [String]? {
        snapshot.map { $0.names(in: directory) } ?? (try? FileManager.default.contentsOfDirectory(atPath: directory))
    }

    private static func stamp(_ path: String) -> FileStamp? {
        snapshot.map { $0.stamp(path) } ?? FileStamp(path)
    }
}
