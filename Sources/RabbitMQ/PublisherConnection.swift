package import Contracts
package import Logging
internal import ThreadExecutors

/// A ``Publisher`` with confirms for RabbitMQ: its own connection and thread.
///
/// Connects at the first posting and stays connected. When the connection is lost, postings in flight return
/// `.unknown`; unsent ones wait for the next connection, up to ``PublisherOptions/givesUpAfter``. The owner must call
/// ``close()``.
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
        ExecutorThread.start(named: "rabbit-out") { [end] in
            let loop = PublisherLoop(setup)
            // The loop's calls refer back to it.
            withExtendedLifetime(loop) { loop.run() }
            setup.watchdog.end()
            end.fire()
        }
    }

    /// Health of the connection. Thread-safe.
    package var health: ConnectionHealth { record.value }

    /// Whether there was never a connection. Thread-safe.
    package var hasNeverConnected: Bool { record.hasNeverBeenUp }

    /// Publishes in order, persistent (whatever the properties say) and mandatory. After a posting with an unknown
    /// result, later ones of the call are not sent, so that a retry from there keeps the order.
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
                case .full: reason = "not sent: too many calls are waiting"
                case .closed: reason = "not sent: the publisher is closed"
                }
                continuation.resume(returning: postings.map { _ in .unknown(reason: reason) })
            }
        } onCancel: {
            mailbox.withdraw(order)
        }
    }

    /// Lets calls in progress finish, for about two seconds; the rest returns `.unknown`.
    package func close() async {
        mailbox.close()
        if await end.wait(atMost: .seconds(2)) == false {
            watchdog.bite()  // blocked in a write
            await end.wait(atMost: .milliseconds(200))
        }
    }
}
