/// What is different between two readings of the settings, in words for the log.
struct SettingsChange {
    /// What a running gateway follows.
    private(set) var live: [String] = []
    /// What counts from the next start.
    private(set) var atStart: [String] = []

    init(from old: Settings, to new: Settings) {
        for key in SettingKey.all {
            let (before, after) = (old.values[key.name], new.values[key.name])
            guard before?.text != after?.text else { continue }
            func shown(_ value: SettingValue?) -> String { value.map { $0.shown(as: key) } ?? "not set" }
            let source = after.map { " (\($0.origin))" } ?? ""
            // Of a secret, or a URI that differs in its password alone, there is nothing to show.
            let words =
                shown(before) == shown(after)
                ? "\(key.name) changed\(source)" : "\(key.name): \(shown(before)) -> \(shown(after))\(source)"
            if key.isLive { live.append(words) } else { atStart.append("\(words): takes effect at the next start") }
        }
    }
}
