internal import Console
internal import MongoStore
internal import Pipeline
internal import ServiceLifecycle

/// Looks every second at what failed in `gateway.postings`, whoever published it: for the banner. Less often where there is so
/// much that looking takes long. Keeps this process's postings behind those of others, too.
struct PostingWatch: Service {
    let mongo: MongoDeployment
    let status: ProcessStatus

    private static let interval = Duration.seconds(1)
    private static let longestInterval = Duration.seconds(10)

    func run() async throws {
        let postings = mongo.makePostings()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    let began = ContinuousClock.now
                    var pause = Self.interval
                    if mongo.guarantee != nil, await look(postings) {
                        pause = min(max(pause, began.duration(to: .now) * 10), Self.longestInterval)
                    }
                    // While the store is away, soon again: its being back is told by who asks it.
                    try? await Task.sleep(for: pause)
                }
            }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
        await postings.close()
    }

    /// False where the store did not answer.
    private func look(_ postings: MongoPostings) async -> Bool {
        do throws(StoreError) {
            try await postings.followOrder()
            let known = try await postings.summary()
            if let known { status.postings = known }
            status.arePostingsCounted = known != nil
            return true
        } catch {
            return false
        }
    }
}

extension Readiness.Warning {
    /// Nil where nothing failed.
    init?(_ summary: PostingSummary) {
        let count = summary.failed + summary.stuck
        guard count > 0 else { return nil }
        self.init(
            name: "postings of \(summary.name)", since: summary.failedSince ?? 0,
            detail: "in ERROR: \(summary.reason ?? summary.destination)", count: count)
    }
}
