/// Decides when the files are to be read again: not before they have been left alone for a while, whoever wants it, for a file
/// in the middle of being written looks like one that is right. Of this reader's own clock it knows what it is told.
struct ReloadTrigger {
    enum Action: Equatable {
        case nothing
        /// All files are to be read now; those named, which are still being written, as they were read before.
        case read(unfinished: Set<String>)
        /// Somebody wants it, and these are being written for a long time now: to be told, once.
        case tell(unfinished: Set<String>)
    }

    /// So long a file must have been left alone.
    static let quiet = Duration.seconds(1)
    /// After so long the rest is read without those that are not.
    static let patience = Duration.seconds(10)

    /// Of what was read last.
    private var loaded: FileStamps
    private var seen: FileStamps
    /// When each was seen to be another one.
    private var changed: [String: Duration] = [:]
    /// Files that were read as they had been before.
    private var unfinished: Set<String> = []
    private var isWanted = false
    private var wantedSince: Duration?
    private var hasTold = false

    /// `stamps`: of what was read, at the start. `now`, here and below: of a clock that only goes forward. `wallClock`:
    /// milliseconds since 1970; what was written a moment ago may not be finished.
    init(_ stamps: FileStamps, now: Duration, wallClock: Int64) {
        loaded = stamps
        seen = stamps
        for (path, stamp) in stamps.stamps {
            let age = Duration.milliseconds(wallClock - stamp.changed)
            if age >= .zero, age < Self.quiet { changed[path] = now - age }
        }
    }

    /// At the start: what was read is not what is there any more.
    mutating func hasChangedMeanwhile() {
        loaded = FileStamps(files: [], directories: [])
        for path in seen.stamps.keys { changed[path] = .zero }
    }

    /// Whether what was read is what is there, and was finished by then.
    mutating func isSettled(now: Duration) -> Bool { seen == loaded && busy(now: now).isEmpty }

    /// SIGHUP: whatever it is for, somebody wants it.
    mutating func hangUp() { isWanted = true }

    /// A look at the files.
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
        // Once: what else has changed meanwhile, and is finished, is worth it.
        return isWanted || !different.subtracting(busy).subtracting(unfinished).isEmpty
            ? .read(unfinished: busy) : .nothing
    }

    /// What ``Action/read(unfinished:)`` asked for was done: `stamps` are those of the files that were read. `isCurrent`:
    /// they are what was read; otherwise it is to be done again.
    mutating func hasRead(_ stamps: FileStamps, unfinished: Set<String>, isCurrent: Bool, now: Duration) {
        guard isCurrent else {
            for path in stamps.differences(from: seen) { changed[path] = now }
            // Too short for two looks to see it: wait as for one that they have seen.
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

    /// Files that have not been left alone for long enough, and those that are empty and were not.
    private mutating func busy(now: Duration) -> Set<String> {
        changed = changed.filter { now - $0.value < Self.quiet }
        var busy = Set(changed.keys)
        for (path, stamp) in seen.stamps where stamp.size == 0 && !stamp.isDirectory {
            if let before = loaded.stamps[path], before.size > 0 { busy.insert(path) }
        }
        return busy
    }
}
