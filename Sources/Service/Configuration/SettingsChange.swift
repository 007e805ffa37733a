internal import Settings

/// What is different between two readings of the settings, in words for the log.
struct SettingsChange {
    /// Applied at run time.
    private(set) var live: [String] = []
    /// Applied at the next start.
    private(set) var atStart: [String] = []

    init(from old: Settings, to new: Settings) {
        for key in new.keys + old.keys.filter({ !new.keys.contains($0) }) {
            let (before, after) = (old.values[key], new.values[key])
            guard before?.text != after?.text else { continue }
            func shown(_ value: SettingValue?) -> String { value.map { $0.shown(as: key) } ?? "not set" }
            let source = after.map { " (\($0.origin))" } ?? ""
            // Secrets are not shown, nor URIs that differ only in the password.
            let words =
                shown(before) == shown(after)
                ? "\(key.name) changed\(source)" : "\(key.name): \(shown(before)) -> \(shown(after))\(source)"
            if key.isLive { live.append(words) } else { atStart.append("\(words): takes effect at the next start") }
        }
    }
}
