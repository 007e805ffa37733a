internal import Console
internal import Contracts
internal import CoreMetrics
internal import Ingest
internal import Logging
internal import Mappings
internal import Schemas
internal import Synchronization

/// Counts pipeline events under stable metric names, and tracks blocked lanes.
final class IngestMetrics: IngestObserver {
    static let help = [
        "gateway_items_total": "Items by how they ended.",
        "gateway_messages_total": "Messages by how they ended.",
        "gateway_items_skipped_total": "Items that a mapping's filter (where) left out.",
        "gateway_batch_seconds": "Time from taking a batch to its commit.",
        "gateway_batch_items": "Items of a batch.",
        "gateway_end_to_end_seconds": "Time from receiving a message to its commit.",
        "gateway_postings_total": "Postings by what became of them, each try counted.",
        "gateway_feed_lag_seconds": "At most so old is a document that is not published.",
        "gateway_dead_letters": "Dead letters in the store by state.",
        "gateway_connection_up": "1 while the part is connected.",
        "gateway_ready": "1 while /readyz answers 200.",
        "gateway_part_up": "1 while the part of /readyz is up.",
        "gateway_warning": "1 while the line stands in the banner beside the parts.",
        "gateway_postings_waiting": "Rows of gateway.postings by state, of all gateways on the database.",
        "gateway_queue_messages": "Messages that wait in a queue that is consumed, as counted last.",
        "gateway_info": "1, with version and guarantee as labels.",
        "process_cpu_seconds_total": "CPU time of the process.",
        "process_open_fds": "Open file descriptors.",
        "process_resident_memory_bytes": "Memory of the process that is in RAM.",
        "process_start_time_seconds": "When the process began, in seconds since 1970.",
        "gateway_reloads_total": "Reloads of settings, mappings and definitions.",
    ]
    static let buckets: [String: [Double]] = [
        "gateway_batch_items": [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
    ]

    private struct ItemKey: Hashable {
        let catalog: String
        let operation: Operation?
        let outcome: Outcome
    }

    private struct State {
        var items: [ItemKey: Counter] = [:]
        var messages: [String: Counter] = [:]
        /// Blocked lanes with their errors.
        var waiting: [Int: (error: StoreError, since: Int64)] = [:]
    }

    private let route: String
    private let signal: Signal
    private let logger: Logger
    private let state = Mutex(State())
    /// For `gateway status`.
    let totals: RouteTotals
    private let batchSeconds: CoreMetrics.Timer
    private let batchItems: Recorder
    private let endToEnd: CoreMetrics.Timer
    private let tail: TailFeeder

    /// `totals`: of the route, also from before its last restart. `tail`: the live tail.
    init(route: String, totals: RouteTotals, signal: Signal, tail: MessageTail, logger: Logger) {
        self.route = route
        self.totals = totals
        self.tail = TailFeeder(tail: tail, route: route)
        self.signal = signal
        self.logger = logger
        batchSeconds = Timer(label: "gateway_batch_seconds")
        batchItems = Recorder(label: "gateway_batch_items")
        endToEnd = Timer(label: "gateway_end_to_end_seconds")
    }

    /// Error of the lane blocked longest; nil if none.
    var waiting: (error: StoreError, since: Int64)? {
        state.withLock { $0.waiting.values.min { $0.since < $1.since } }
    }

    func settled(_ settled: SettledBatch) {
        batchSeconds.recordNanoseconds(settled.duration.nanoseconds)
        batchItems.record(settled.batch.itemCount)
        var counts: [ItemKey: Int] = [:]
        for (segment, result) in zip(settled.batch.segments, settled.result.segments) {
            if segment.isLast {
                let outcome = MessageOutcome(result).rawValue
                counter(ofMessages: outcome).increment()
                totals.add(message: outcome)
                let milliseconds = settled.at - segment.message.message.delivery.receivedAt
                endToEnd.recordNanoseconds(max(0, milliseconds) * 1_000_000)
            }
            guard case .catalog(let catalog) = segment.message.message.content else { continue }
            if segment.isLast, result.kind == .applied, let skipped = catalog.origin?.skipped, skipped > 0 {
                Counter(label: "gateway_items_skipped_total", dimensions: [("route", route)]).increment(by: skipped)
            }
            for (index, outcome) in zip(segment.range, result.outcomes) {
                guard let outcome else { continue }
                let operation = segment.message.item(index).operation
                counts[
                    ItemKey(catalog: catalog.definition.catalog, operation: operation, outcome: outcome), default: 0] +=
                    1
            }
        }
        for (key, count) in counts {
            counter(of: key).increment(by: count)
            totals.add(items: count, outcome: key.outcome.word, now: settled.at)
        }
        tail.take(settled)
        for warning in settled.result.warnings { logger.warning("\(warning)") }
        if settled.result.postings > 0 { signal.ring() }
        if settled.result.staleItems > 0 {
            logger.notice(
                "left out items older than their records", metadata: ["count": "\(settled.result.staleItems)"])
        }
        if settled.result.deadLetters > 0 {
            logger.notice("stored dead letters", metadata: ["count": "\(settled.result.deadLetters)"])
        }
    }

    func ignored(_ delivery: DeliveryFacts) {
        counter(ofMessages: "ignored").increment()
        totals.add(message: "ignored")
        tail.take(ignored: delivery)
    }

    func waiting(lane: Int, error: StoreError, since: Int64) {
        let isNew = state.withLock { $0.waiting.updateValue((error, since), forKey: lane) == nil }
        if isNew { logger.warning("lane \(lane) waits and tries again: \(error.message)") }
    }

    func resumed(lane: Int) {
        state.withLock { _ = $0.waiting.removeValue(forKey: lane) }
        logger.notice("lane \(lane) goes on")
    }

    private func counter(of key: ItemKey) -> Counter {
        state.withLock { state in
            if let known = state.items[key] { return known }
            let counter = Counter(
                label: "gateway_items_total",
                dimensions: [
                    ("route", route), ("catalog", key.catalog), ("operation", key.operation?.word ?? "none"),
                    ("outcome", key.outcome.word),
                ])
            state.items[key] = counter
            return counter
        }
    }

    private func counter(ofMessages outcome: String) -> Counter {
        state.withLock { state in
            if let known = state.messages[outcome] { return known }
            let counter = Counter(
                label: "gateway_messages_total", dimensions: [("route", route), ("outcome", outcome)])
            state.messages[outcome] = counter
            return counter
        }
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
