internal import Operations
internal import Settings

/// Decides when the files are to be read again: not before they have been left alone for a while, even on request, for
/// a file in the middle of being written can look valid. Reads no clock: times are passed in.
struct ReloadTrigger {
    enum Action: Equatable {
        case nothing
        /// Read all files now, except those still being written.
        case read(unfinished: Set<String>)
        /// A reload was requested, but these files have been changing for long: report it once.
        case tell(unfinished: Set<String>)
    }

    /// So long a file must have been left alone.
    static let quiet = FileSnapshot.quiet
    /// After so long the rest is read without those that are not.
    static let patience = Duration.seconds(10)

    /// Stamps of the files read last.
    private var loaded: FileStamps
    private var seen: FileStamps
    /// When each changed file was first seen.
    private var changed: [String: Duration] = [:]
    /// Files excluded as unfinished.
    private var unfinished: Set<String> = []
    private var isWanted = false
    private var wantedSince: Duration?
    private var hasTold = false

    /// `stamps`: of what was read at the start. `now`, here and below: a monotonic clock. `wallClock`: milliseconds
    /// since 1970, to detect recently written files.
    init(_ stamps: FileStamps, now: Duration, wallClock: Int64) {
        loaded = stamps
        seen = stamps
        for (path, stamp) in stamps.stamps {
            let age = Duration.milliseconds(wallClock - stamp.changed)
            if age >= .zero, age < Self.quiet { changed[path] = now - age }
        }
    }

    /// At the start: the files have changed since they were read.
    mutating func hasChangedMeanwhile() {
        loaded = FileStamps(files: [], directories: [])
        for path in seen.stamps.keys { changed[path] = .zero }
    }

    /// Whether the files read are current, and were complete.
    mutating func isSettled(now: Duration) -> Bool { seen == loaded && busy(now: now).isEmpty }

    /// SIGHUP: a reload was requested.
    mutating func hangUp() { isWanted = true }

    /// Handles new stamps of the files.
    mutating func look(_ stamps: FileStamps, now: Duration) -> Action {
        for path in stamps.differences(from: seen) { changed[path] = now }
        seen = stamps
        let different = stamps.differences(from: loaded)
        guard isWanted || !different.isEmpty else {
            wantedSince = nil
            return .nothing
        }
        let busy = busy(now: now)
        let since = wantedSince ?? now
        wantedSince = since
        if busy.isEmpty { return .read(unfinished: []) }
        guard now - since >= Self.patience else { return .nothing }
        if !hasTold {
            hasTold = true
            return .tell(unfinished: busy)
        }
        // Once: other finished changes justify a reload.
        return isWanted || !different.subtracting(busy).subtracting(unfinished).isEmpty
            ? .read(unfinished: busy) : .nothing
    }

    /// Handles a completed ``Action/read(unfinished:)``: `stamps` of the files read. `isCurrent`: whether they were
    /// unchanged while reading; otherwise it must be repeated.
    mutating func hasRead(_ stamps: FileStamps, unfinished: Set<String>, isCurrent: Bool, now: Duration) {
        guard isCurrent else {
            for path in stamps.differences(from: seen) { changed[path] = now }
            // Too short for two polls to see: wait as for a visible change.
            if stamps == seen, let any = stamps.stamps.keys.first { changed[any] = now }
            seen = stamps
            return
        }
        loaded = stamps.keeping(unfinished, of: loaded)
        seen = stamps
        self.unfinished = unfinished
        isWanted = false
        if unfinished.isEmpty {
            wantedSince = nil
            hasTold = false
        }
    }

    /// Files that changed recently, and those that became empty.
    private mutating func busy(now: Duration) -> Set<String> {
        changed = changed.filter { now - $0.value < Self.quiet }
        var busy = Set(changed.keys)
        for (path, stamp) in seen.stamps where stamp.size == 0 && !stamp.isDirectory {
            if let before = loaded.stamps[path], before.size > 0 { busy.insert(path) }
        }
        return busy
    }
}
