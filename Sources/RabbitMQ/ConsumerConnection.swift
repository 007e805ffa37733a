package import Contracts
package import Logging
internal import ThreadExecutors

/// A ``Source`` for one RabbitMQ queue: its own connection and thread, reconnecting forever.
///
/// Connects on init. The owner must call ``close()``; dropping the object does not stop it.
package final class ConsumerConnection: Source {
    package let events: AsyncStream<SourceEvent>

    private let mailbox: ConsumerMailbox
    private let record: HealthRecord
    private let end: EndSignal
    private let queue: EventQueue

    /// `prefetch` (at least 1): maximum number of unacknowledged deliveries, which also bounds ``events``.
    package init(
        address: BrokerAddress, queue: String, prefetch: UInt16, logger: Logger, options: ConsumerOptions = .init()
    ) {
        mailbox = ConsumerMailbox()
        let waiting = EventQueue(byteBound: options.waitingBytes, wakeup: mailbox.wakeup)
        self.queue = waiting
        events = AsyncStream { await waiting.next() }
        record = HealthRecord(address: address, .down, "connecting")
        end = EndSignal()

        var logger = logger
        logger[metadataKey: "broker"] = "\(address)"
        logger[metadataKey: "queue"] = "\(queue)"
        let setup = ConsumerSetup(
            address: address, queue: queue, prefetch: max(prefetch, 1), options: options, logger: logger,
            mailbox: mailbox, events: waiting, health: record)
        ExecutorThread.start(named: "rabbit-in") { [end] in
            ConsumerLoop(setup).run()
            end.fire()
        }
    }

    /// Health of the connection. Thread-safe.
    package var health: ConnectionHealth { record.value }

    package func acknowledge(upTo tag: DeliveryTag) { mailbox.acknowledge(upTo: tag) }

    package func isOpen(_ channel: UInt64) -> Bool { mailbox.isOpen(channel) }

    package func confirmOpen(_ channel: UInt64) async -> Bool { await mailbox.confirmOpen(channel) }

    package func giveBack() { mailbox.giveBack() }

    package func passed(_ count: Int, of channel: UInt64) { mailbox.passed(count, of: channel) }

    package func stop() { mailbox.stop() }

    package func close() async {
        mailbox.close()
        // A thread blocked in name resolution or by a hanging host ends later, by its own timeouts.
        await end.wait(atMost: .seconds(2))
        queue.finish()
    }
}
