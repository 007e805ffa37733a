internal import Foundation
internal import Synchronization

/// The files of a configuration, each as it was when it was read first: whatever is made of them later is made of the same
/// bytes. So a change of the collection is put into force beside the files in force, and not beside what happens to stand in
/// half-written ones meanwhile.
///
/// Consulted by ``Files`` within ``Files/reading(_:_:)``.
final class FileSnapshot: Sendable {
    private struct Entry {
        /// Before it was read; nil where there was no such file.
        let stamp: FileStamp?
        var content: Data?
        var names: [String]?
    }

    private let entries: Mutex<[String: Entry]>

    init() { entries = Mutex([:]) }

    /// Those files as `other` has them, the rest to be read.
    init(keeping paths: Set<String>, of other: FileSnapshot) {
        let kept = other.entries.withLock { $0.filter { paths.contains($0.key) && $0.value.content != nil } }
        entries = Mutex(kept)
    }

    /// Whether all that was read is on the disk as it was before it was read; `paths` aside. Blocks as long as the file
    /// system takes.
    func isCurrent(but paths: Set<String> = []) -> Bool {
        let stamps = entries.withLock { entries in entries.filter { !paths.contains($0.key) }.mapValues(\.stamp) }
        return stamps.allSatisfy { FileStamp($0.key) == $0.value }
    }

    /// Whether one of the files was written so short a time ago that it may not be finished. `now`: milliseconds since 1970.
    func isYoung(at now: Int64) -> Bool {
        let quiet = ReloadTrigger.quiet / .milliseconds(1)
        return entries.withLock { entries in
            entries.values.contains { entry in
                entry.stamp.map { !$0.isDirectory && (0..<Int64(quiet)).contains(now - $0.changed) } ?? false
            }
        }
    }

    fileprivate func content(_ path: String) -> Data? {
        entry(path) { entry in
            guard entry.content == nil, let stamp = entry.stamp, !stamp.isDirectory else { return }
            entry.content = FileManager.default.contents(atPath: path)
        }.content
    }

    fileprivate func names(in path: String) -> [String]? {
        entry(path) { entry in
            guard entry.names == nil, entry.stamp?.isDirectory == true else { return }
            entry.names = try? FileManager.default.contentsOfDirectory(atPath: path)
        }.names
    }

    fileprivate func stamp(_ path: String) -> FileStamp? { entry(path) { _ in }.stamp }

    private func entry(_ path: String, _ fill: (inout Entry) -> Void) -> Entry {
        entries.withLock { entries in
            var entry = entries[path] ?? Entry(stamp: FileStamp(path))
            fill(&entry)
            entries[path] = entry
            return entry
        }
    }
}

/// The files that settings, mappings and definitions are read from: those on the disk, or a snapshot of them.
enum Files {
    @TaskLocal private static var snapshot: FileSnapshot?

    /// What `body` reads comes from the snapshot, and what that has not read yet, gets into it.
    static func reading<Result>(_ snapshot: FileSnapshot, _ body: () throws -> Result) rethrows -> Result {
        try $snapshot.withValue(snapshot, operation: body)
    }

    static func reading<Result>(
        _ snapshot: FileSnapshot, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await $snapshot.withValue(snapshot, operation: body)
    }

    /// Nil where it cannot be read.
    static func content(_ path: String) -> Data? {
        snapshot.map { $0.content(path) } ?? FileManager.default.contents(atPath: path)
    }

    /// Nil where it is not UTF-8 text, or cannot be read.
    static func text(_ path: String) -> String? { content(path).flatMap { String(data: $0, encoding: .utf8) } }

    static func exists(_ path: String) -> Bool { stamp(path) != nil }

    static func isDirectory(_ path: String) -> Bool { stamp(path)?.isDirectory == true }

    /// In no order; nil where it is no directory.
    static func names(in directory: String) -> [String]? {
        snapshot.map { $0.names(in: directory) } ?? (try? FileManager.default.contentsOfDirectory(atPath: directory))
    }

    /// Of all files below a directory, from there. Of a snapshot those that are not hidden, and not too deep.
    static func allNames(below directory: String) -> [String] {
        guard snapshot == nil else { return shownNames(below: directory, depth: 4) }
        return FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
    }

    private static func shownNames(below directory: String, depth: Int) -> [String] {
        (names(in: directory) ?? []).flatMap { name -> [String] in
            let path = directory + "/" + name
            guard !name.hasPrefix("."), depth > 0 else { return [] }
            return isDirectory(path) ? shownNames(below: path, depth: depth - 1).map { name + "/" + $0 } : [name]
        }
    }

    private static func stamp(_ path: String) -> FileStamp? {
        snapshot.map { $0.stamp(path) } ?? FileStamp(path)
    }
}
