package import Foundation
internal import Synchronization

/// The contents of a configuration's files as first read: later readings use the same bytes. A collection change is
/// thus combined with the files in force, rather than with half-written ones.
///
/// Consulted by ``Files`` within ``Files/reading(_:_:)``.
package final class FileSnapshot: Sendable {
    private struct Entry {
        /// From before reading; nil if the file did not exist.
        let stamp: FileStamp?
        var content: Data?
        var names: [String]?
    }

    /// How long a file must have been left alone to count as finished.
    package static let quiet = Duration.seconds(1)

    private let entries: Mutex<[String: Entry]>

    package init() { entries = Mutex([:]) }

    /// Those files as `other` has them, the rest to be read.
    package init(keeping paths: Set<String>, of other: FileSnapshot) {
        let kept = other.entries.withLock { $0.filter { paths.contains($0.key) && $0.value.content != nil } }
        entries = Mutex(kept)
    }

    /// The paths that were checked or read, those without a file among them.
    package var paths: [String] { entries.withLock { Array($0.keys) } }

    /// Whether all that was read is on the disk as it was before it was read; `paths` aside. Blocks as long as the file
    /// system takes.
    package func isCurrent(but paths: Set<String> = []) -> Bool {
        let stamps = entries.withLock { entries in entries.filter { !paths.contains($0.key) }.mapValues(\.stamp) }
        return stamps.allSatisfy { FileStamp($0.key) == $0.value }
    }

    /// Whether one of the files was written so short a time ago that it may not be finished. `now`: milliseconds since 1970.
    package func isYoung(at now: Int64) -> Bool {
        let quiet = Self.quiet / .milliseconds(1)
        return entries.withLock { entries in
            entries.values.contains { entry in
                entry.stamp.map { !$0.isDirectory && (0..<Int64(quiet)).contains(now - $0.changed) } ?? false
            }
        }
    }

    package func content(_ path: String) -> Data? {
        entry(path) { entry in
            guard entry.content == nil, let stamp = entry.stamp, !stamp.isDirectory else { return }
            entry.content = FileManager.default.contents(atPath: path)
        }.content
    }

    package func names(in path: String) -> [String]? {
        entry(path) { entry in
            guard entry.names == nil, entry.stamp?.isDirectory == true else { return }
            entry.names = try? FileManager.default.contentsOfDirectory(atPath: path)
        }.names
    }

    package func stamp(_ path: String) -> FileStamp? { entry(path) { _ in }.stamp }

    private func entry(_ path: String, _ fill: (inout Entry) -> Void) -> Entry {
        entries.withLock { entries in
            var entry = entries[path] ?? Entry(stamp: FileStamp(path))
            fill(&entry)
            entries[path] = entry
            return entry
        }
    }
}
