package import Contracts
internal import JSON

/// The outbox relay: publishes rows of `gateway.postings`, in order for each destination, and deletes confirmed ones.
/// Runs on one gateway at a time, by a lease.
///
/// Failed rows are retried with exponential backoff for their destination, one posting first; later ones wait until it
/// succeeds. A crash between confirm and deletion repeats a posting with the same message-id.
package struct OutboxRelay: Sendable {
    /// Rows per read.
    private static let rowsAtATime = 1000
    private static let bytesAtATime = 8 << 20

    private let store: any PostingStore
    private let publisher: any Publisher
    /// Publishes replays, to the broker that messages are consumed from.
    private let replayer: any Publisher
    private let outlet: any PostingOutlet
    private let environment: GatewayEnvironment
    private let observer: any PostingObserver
    private let reached: @Sendable (FaultPoint) -> Void

    package init(
        store: any PostingStore, publisher: any Publisher, replayer: any Publisher, outlet: any PostingOutlet,
        environment: GatewayEnvironment, observer: any PostingObserver,
        reached: @escaping @Sendable (FaultPoint) -> Void = { _ in }
    ) {
        self.store = store
        self.publisher = publisher
        self.replayer = replayer
        self.outlet = outlet
        self.environment = environment
        self.observer = observer
        self.reached = reached
    }

    /// Publishes until the task is cancelled. `news`: signals new rows; also polls every half second, since other
    /// gateways write rows too. `mayGoOn`: whether the lease is still held; checked before each posting, on any thread,
    /// so that a suspended process does not send what another gateway has sent since.
    package func run(news: Signal, mayGoOn: @escaping @Sendable () -> Bool) async {
        var pauses = RelayBackoff()
        while !Task.isCancelled, mayGoOn() {
            do throws(StoreError) {
                let now = environment.now()
                pauses.forgetOld(at: now)
                let rows = try await store.waiting(
                    limit: Self.rowsAtATime, bytes: Self.bytesAtATime, without: pauses.resting(at: now), now: now)
                if rows.isEmpty {
                    await rest(news)
                    continue
                }
                try await publish(rows, while: mayGoOn, &pauses)
                if pauses.isResting(all: rows, at: environment.now()) { await rest(news) }
            } catch {
                observer.relayWaits(error)
                guard (try? await environment.sleep(.seconds(1))) != nil else { return }
            }
        }
    }

    private struct Way: Hashable {
        let target: PostingTarget
        let isReplay: Bool
    }

    private func rest(_ news: Signal) async {
        await news.wait(atMost: .milliseconds(500), sleep: environment.sleep)
    }

    private func publish(
        _ rows: [PostingRow], while mayGoOn: @escaping @Sendable () -> Bool, _ pauses: inout RelayBackoff
    ) async throws(StoreError) {
        var order: [Way] = []
        var groups: [Way: [PostingRow]] = [:]
        for row in rows {
            let way = Way(target: row.target, isReplay: row.origin == .replay)
            if groups[way] == nil { order.append(way) }
            groups[way, default: []].append(row)
        }
        for way in order where mayGoOn() {
            var group = groups[way] ?? []
            // After a failure one posting probes the destination.
            if pauses.hasFailed(way.target) { group = Array(group.prefix(1)) }
            try await publish(group, by: way, while: mayGoOn, &pauses)
        }
    }

    private func publish(
        _ group: [PostingRow], by way: Way, while mayGoOn: @escaping @Sendable () -> Bool, _ pauses: inout RelayBackoff
    ) async throws(StoreError) {
        let target = way.target
        let results =
            if case .amqp = target {
                await (way.isReplay ? replayer : publisher).publish(group.compactMap(\.posting), while: mayGoOn)
            } else {
                await outlet.deliver(group)
            }
        reached(.postingsConfirmed)
        var done: [PostingRow] = []
        var failed: [PostingRow] = []
        let now = environment.now()
        for (row, result) in zip(group, results) {
            switch result {
            case .confirmed:
                done.append(row)
                observer.posted(row, .confirmed)
            case .unknown(let reason):
                // The outcome is unknown: it and all behind it are published again under the same message-ids.
                pauses.fail(target, at: now, chance: environment.chance())
                observer.destinationWaits(target, reason: reason)
            case .returned, .refused, .unsendable:
                if let expiresAt = row.expiresAt, expiresAt < now {
                    done.append(row)
                    observer.posted(row, .givenUp)
                    continue
                }
                let words = PostingFailure(result, target: target)
                if !words.isLasting { pauses.fail(target, at: now, chance: environment.chance()) }
                var row = row
                row.state = words.isLasting ? .stuck : .failed
                row.attempts += 1
                row.failedSince = row.failedSince ?? now
                row.nextTryAt = pauses.nextTry(target)
                row.reason = words.text
                failed.append(row)
                observer.posted(row, .failed)
            }
        }
        // No further rows may come, since a reply queue's name is used only once.
        if failed.isEmpty, results.allSatisfy({ $0.isKnown }) { pauses.forget(target) }
        if !done.isEmpty { try await store.remove(done) }
        reached(.postingsRemoved)
        if !failed.isEmpty { try await store.update(failed) }
    }
}

extension PostingResult {
    fileprivate var isKnown: Bool { if case .unknown = self { false } else { true } }
}
