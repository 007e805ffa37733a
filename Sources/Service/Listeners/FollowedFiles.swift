internal import Foundation
internal import Settings

/// Files that listeners use, read at the start and again when they have changed.
struct FollowedFiles: Sendable {
    /// The setting that names them.
    let setting: String
    let paths: [String]
    /// Reads and uses them; why not, where they cannot be used.
    let load: @Sendable () -> String?
    /// Why they will soon be of no use.
    let warning: @Sendable () -> String?
    /// How they were before they were read last.
    private(set) var used: [FileStamp?] = []
    private var seen: [FileStamp?] = []

    init(
        _ setting: String, _ paths: [String], warning: @escaping @Sendable () -> String? = { nil },
        load: @escaping @Sendable () -> String?
    ) {
        self.setting = setting
        self.paths = paths
        self.warning = warning
        self.load = load
        used = stamps
        seen = used
    }

    /// Blocks as long as the file system takes.
    private var stamps: [FileStamp?] { paths.map { FileStamp($0) } }

    /// Whether they have changed, and not again since this was asked before: one that is being written is not read.
    mutating func haveChanged() -> Bool {
        let now = stamps
        defer { seen = now }
        guard now != used, now == seen else { return false }
        used = now
        return true
    }

    /// The text of a file; an error message where it cannot be read.
    static func text(_ path: String, most: Int) -> Result<String, Unreadable> {
        guard let stamp = FileStamp(path), !stamp.isDirectory else {
            return .failure(Unreadable("there is no file '\(path)'"))
        }
        guard stamp.size <= most else {
            return .failure(Unreadable("'\(path)' has \(stamp.size) bytes; it has at most \(most)"))
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            return .failure(Unreadable("'\(path)' cannot be read; give the gateway the right to read it"))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            return .failure(Unreadable("'\(path)' is not UTF-8 text"))
        }
        return .success(text)
    }

    struct Unreadable: Error {
        let message: String

        init(_ message: String) { self.message = message }
    }
}
