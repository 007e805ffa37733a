internal import Lanes
package import Logging
package import Pipeline

/// One queue of RabbitMQ as a ``Source``: its own connection, its own thread, which connects again for ever.
///
/// Made, it connects at once. Whoever makes it calls ``close()`` in the end; dropping it does not end it.
package final class ConsumerConnection: Source {
    package let events: AsyncStream<SourceEvent>

    private let mailbox: ConsumerMailbox
    private let record: HealthRecord
    private let end: EndSignal
    private let queue: EventQueue

    /// `prefetch` (at least 1): how many deliveries may be out unacknowledged, and so the bound of ``events``.
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
        LaneThread.start(named: "rabbit-in") { [end] in
            ConsumerLoop(setup).run()
            end.fire()
        }
    }

    /// How the connection is doing. From any thread.
    package var health: ConnectionHealth { record.value }

    package func acknowledge(upTo tag: DeliveryTag) { mailbox.acknowledge(upTo: tag) }

    package func isOpen(_ channel: UInt64) -> Bool { mailbox.isOpen(channel) }

    package func confirmOpen(_ channel: UInt64) async -> Bool { await mailbox.confirmOpen(channel) }

    package func giveBack() { mailbox.giveBack() }

    package func passed(_ count: Int, of channel: UInt64) { mailbox.passed(count, of: channel) }

    package func stop() { mailbox.stop() }

    package func close() async {
        mailbox.close()
        // A thread that is held up by the name service or a hanging host ends later, by its own time limits.
        await end.wait(atMost: .seconds(2))
        queue.finish()
    }
}
