internal import Documents

/// Publishes what waits in `gateway.postings`, destination by destination in its order, and removes what is confirmed. One
/// in all gateways at a time: whoever holds the lease.
///
/// What fails stays and is tried again, with growing pauses for its destination, first one posting alone: while that one does
/// not get through, none behind it is tried. A crash between the confirm and the removal repeats a posting under the same
/// message-id.
package struct Courier: Sendable {
    /// Rows taken at a time.
    private static let rowsAtATime = 1000
    private static let bytesAtATime = 8 << 20

    private let store: any PostingStore
    private let publisher: any Publisher
    /// To the broker that messages are consumed from.
    private let replayer: any Publisher
    private let outlet: any PostingOutlet
    private let environment: PipelineEnvironment
    private let observer: any PostingObserver
    private let reached: @Sendable (Checkpoint) -> Void

    package init(
        store: any PostingStore, publisher: any Publisher, replayer: any Publisher, outlet: any PostingOutlet,
        environment: PipelineEnvironment, observer: any PostingObserver,
        reached: @escaping @Sendable (Checkpoint) -> Void = { _ in }
    ) {
        self.store = store
        self.publisher = publisher
        self.replayer = replayer
        self.outlet = outlet
        self.environment = environment
        self.observer = observer
        self.reached = reached
    }

    /// Publishes until the task is cancelled. `news`: rings where something may have been noted; without that it looks every
    /// half second, for other gateways note postings too. `mayGoOn`: whether the lease is still held; asked before each
    /// posting, from any thread: one who was stopped for a while must not send what another has sent since.
    package func run(news: Bell, mayGoOn: @escaping @Sendable () -> Bool) async {
        var pauses = CourierPauses()
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
                observer.courierWaits(error)
                guard (try? await environment.sleep(.seconds(1))) != nil else { return }
            }
        }
    }

    private struct Way: Hashable {
        let target: PostingTarget
        let isReplay: Bool
    }

    private func rest(_ news: Bell) async {
        await news.wait(atMost: .milliseconds(500), sleep: environment.sleep)
    }

    private func publish(
        _ rows: [PostingRow], while mayGoOn: @escaping @Sendable () -> Bool, _ pauses: inout CourierPauses
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
            // Where it failed before, one goes ahead.
            if pauses.hasFailed(way.target) { group = Array(group.prefix(1)) }
            try await publish(group, by: way, while: mayGoOn, &pauses)
        }
    }

    private func publish(
        _ group: [PostingRow], by way: Way, while mayGoOn: @escaping @Sendable () -> Bool, _ pauses: inout CourierPauses
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
                // Nobody knows of it: it goes again under the same message-id, and all behind it.
                pauses.fail(target, at: now)
                observer.destinationWaits(target, reason: reason)
            case .returned, .refused, .unsendable:
                if let expiresAt = row.expiresAt, expiresAt < now {
                    done.append(row)
                    observer.posted(row, .givenUp)
                    continue
                }
                let words = PostingFailure(result, target: target)
                if !words.isLasting { pauses.fail(target, at: now) }
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
        // Where nobody waits any more nothing comes either: a reply queue is never named again.
        if failed.isEmpty, results.allSatisfy({ $0.isKnown }) { pauses.forget(target) }
        if !done.isEmpty { try await store.remove(done) }
        reached(.postingsRemoved)
        if !failed.isEmpty { try await store.update(failed) }
    }
}

extension PostingResult {
    fileprivate var isKnown: Bool { if case .unknown = self { false } else { true } }
}
