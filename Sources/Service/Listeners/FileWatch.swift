internal import Logging
internal import ServiceLifecycle

/// Reads files of listeners again when they have changed. What cannot be used changes nothing.
struct FileWatch: Service {
    private static let interval = Duration.seconds(1)
    private static let warningInterval = Duration.seconds(86_400)

    let files: [FollowedFiles]
    let logger: Logger

    func run() async throws { await cancelWhenGracefulShutdown { await follow() } }

    private func follow() async {
        var files = files
        var nextWarning = ContinuousClock.now + Self.warningInterval
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            for index in files.indices where files[index].haveChanged() {
                let setting = files[index].setting
                if let problem = files[index].load() {
                    logger.error("\(setting): not read again: \(problem); what was read before stays in force")
                } else {
                    logger.notice("\(setting): read again")
                }
            }
            guard ContinuousClock.now >= nextWarning else { continue }
            nextWarning += Self.warningInterval
            for file in files {
                if let warning = file.warning() { logger.warning("\(file.setting): \(warning)") }
            }
        }
    }
}
