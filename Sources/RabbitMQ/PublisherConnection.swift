internal import Lanes
package import Logging
package import Pipeline

/// Publishes to RabbitMQ with confirms, as a ``Publisher``: its own connection, its own thread.
///
/// It connects at the first posting and keeps the connection from then on. When it is lost, what was under way comes back
/// as `.unknown`; what had not been sent waits for the next connection, up to ``PublisherOptions/givesUpAfter``. Whoever
/// makes it calls ``close()`` in the end.
package final class PublisherConnection: Publisher {
    private let mailbox: PublisherMailbox
    private let record: HealthRecord
    private let watchdog: WriteWatchdog
    private let end = EndSignal()

    package init(address: BrokerAddress, logger: Logger, options: PublisherOptions = .init()) {
        mailbox = PublisherMailbox(limit: options.waitingCalls)
        record = HealthRecord(address: address, .idle, "connects at the first posting")
        watchdog = WriteWatchdog(limit: options.stuckWriteLimit)

        var logger = logger
        logger[metadataKey: "broker"] = "\(address)"
        let setup = PublisherSetup(
            address: address, options: options, logger: logger, mailbox: mailbox, health: record, watchdog: watchdog)
        LaneThread.start(named: "rabbit-out") { [end] in
            let loop = PublisherLoop(setup)
            // Its calls look back at it.
            withExtendedLifetime(loop) { loop.run() }
            setup.watchdog.end()
            end.fire()
        }
    }

    /// How the connection is doing. From any thread.
    package var health: ConnectionHealth { record.value }

    /// Whether no connection has come about so far. From any thread.
    package var hasNeverConnected: Bool { record.hasNeverBeenUp }

    /// Publishes in order, persistent (whatever the properties say) and mandatory. If one posting's fate is unknown, those
    /// after it in the same call are not sent, so that repeating from there keeps the order.
    package func publish(
        _ postings: [Posting], while mayPublish: @escaping @Sendable () -> Bool
    ) async -> [PostingResult] {
        guard !postings.isEmpty else { return [] }
        let order = PublisherMailbox.Order(postings, while: mayPublish)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let call = PublisherMailbox.Call(order: order, began: .now, continuation: continuation)
                let reason: String
                switch mailbox.submit(call) {
                case nil: return
                case .full: reason = "not sent: too many calls wait already"
                case .closed: reason = "not sent: the publisher is closed"
                }
                continuation.resume(returning: postings.map { _ in .unknown(reason: reason) })
            }
        } onCancel: {
            mailbox.withdraw(order)
        }
    }

    /// Lets calls under way end, for about two seconds; what is left then comes back as unknown.
    package func close() async {
        mailbox.close()
        if await end.wait(atMost: .seconds(2)) == false {
            watchdog.bite()  // held up in a write
            await end.wait(atMost: .milliseconds(200))
        }
    }
}
