/// Settles the messages of one ordered stream, batch after batch, for ever: what the store cannot take now is tried again,
/// what it refuses is found by halving and becomes a dead letter.
struct ApplyLane<S: Store>: Sendable {
    let number: Int
    let store: S
    let inbox: Inbox
    let limits: Limits
    let route: String
    let environment: PipelineEnvironment
    let observer: any PipelineObserver
    /// Called once a message is durable in all its parts.
    let messageSettled: @Sendable (DeliveryFacts) -> Void

    /// Until the inbox is finished and empty, or the task is cancelled (then what is not settled will be delivered again).
    func run() async {
        var batcher = Batcher(limits: limits)
        while !Task.isCancelled {
            if batcher.isEmpty {
                guard let messages = await inbox.take() else { return }
                batcher.append(messages)
            }
            guard let batch = batcher.batch() else { continue }
            guard await settle(batch) else { return }
            for segment in batch.segments where segment.isLast {
                messageSettled(segment.message.message.delivery)
            }
        }
    }

    /// Returns true once all of the batch is durable, false when cancelled before.
    private func settle(_ whole: Batch) async -> Bool {
        var batches = OpenBatches(whole, newMark: environment.seed)
        var backOff = BackOff()
        var attempts = 0
        var waitingSince: Int64?
        while let batch = batches.current {
            let started = ContinuousClock.now
            do throws(StoreError) {
                let plan = BatchPlan(
                    batch,
                    context: PlanContext(route: route, now: environment.now(), seed: environment.seed()))
                let result = try await store.settle(plan.reads) { plan.plan($0) }
                if waitingSince != nil {
                    waitingSince = nil
                    observer.resumed(lane: number)
                }
                guard result.missingLedgerIDs.isEmpty else {
                    batches.mustRead(result.missingLedgerIDs)
                    continue
                }
                batches.settled()
                backOff.reset()
                attempts = 0
                observer.settled(
                    SettledBatch(
                        batch: batch, result: result, duration: ContinuousClock.now - started, at: environment.now()))
            } catch {
                if error.kind == .refused, batches.refused(error) { continue }
                attempts += 1
                // The network and the server come and go: that is waited for without a word for some tries. An error that
                // nobody knows is told at once and tried again at long intervals.
                let wait = error.kind == .unavailable || attempts < 3 ? backOff.wait() : .seconds(30)
                if waitingSince == nil { waitingSince = environment.now() }
                observer.waiting(lane: number, error: error, since: waitingSince ?? 0)
                guard (try? await environment.sleep(wait)) != nil else { return false }
            }
        }
        return true
    }
}

/// Time and chance, given from outside so that tests can hold them.
package struct PipelineEnvironment: Sendable {
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    /// A number never given before.
    package var seed: @Sendable () -> UInt64
    /// Throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Int64, seed: @escaping @Sendable () -> UInt64,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.seed = seed
        self.sleep = sleep
    }
}
