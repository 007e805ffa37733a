internal import Console
internal import Contracts
package import MongoStore
internal import ServiceLifecycle

/// Polls failed postings in `gateway.postings` every second, for the banner; less often if that takes long. Also orders
/// this process's postings after those of other gateways.
struct PostingWatch: Service {
    let mongo: MongoDeployment
    let status: ProcessStatus

    private static let interval = Duration.seconds(1)
    private static let longestInterval = Duration.seconds(10)

    func run() async throws {
        let postings = mongo.makePostings()
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let began = ContinuousClock.now
                var pause = Self.interval
                if mongo.guarantee != nil, await look(postings) {
                    pause = min(max(pause, began.duration(to: .now) * 10), Self.longestInterval)
                }
                // While the store is unavailable, soon again: only a request finds that it is back.
                try? await Task.sleep(for: pause)
            }
        }
        await postings.close()
    }

    /// False if the store did not answer.
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
    package init?(_ summary: PostingSummary) {
        let count = summary.failed + summary.stuck
        guard count > 0 else { return nil }
        self.init(
            name: "postings of \(summary.name)", since: summary.failedSince ?? 0,
            detail: "in ERROR: \(summary.reason ?? summary.destination)", count: count)
    }
}
