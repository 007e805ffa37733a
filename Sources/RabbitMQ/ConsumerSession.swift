internal import Contracts
internal import CRabbitMQ
internal import Glibc
internal import Logging

/// One connection and channel of a consumer, from login to close. Confined to the consumer's thread.
final class ConsumerSession {
    /// Limits of an event: deliveries and bytes. Small, so that the pipeline starts early and acknowledgements go out
    /// in between.
    private static let deliveriesPerEvent = 1024
    private static let bytesPerEvent = 512 << 10
    /// Below this number of deliveries an event counts as small; the pause in microseconds lets more accumulate.
    private static let trickle = 32
    private static let trickleRest: UInt32 = 300
    /// More unread bytes than pending heartbeats can make up.
    private static let notOnlyHeartbeats = 1024
    /// Under backpressure a little is read from time to time. RabbitMQ closes a connection that reads nothing for 30 s
    /// and redelivers all of its messages, each time counting towards their queue's delivery limit.
    private static let sipBytes = 1 << 20
    /// How long to wait for deliveries in flight when stopping.
    private static let lastLook = Duration.milliseconds(100)
    private static let channel: UInt16 = 1
    private static let channelForQuestions: UInt16 = 2

    private struct Envelope {
        let number: UInt64
        let isRedelivered: Bool
    }

    /// Reasons for a regular end.
    enum End {
        /// Close was requested.
        case closed
        /// Returning the deliveries was requested.
        case gaveBack
        /// Backpressure lasted for ``ConsumerOptions/stallPatience``, and nothing more can be buffered.
        case stalled
    }

    private let setup: ConsumerSetup
    private let connection: AMQPConnection
    private let channelNumber: UInt64
    private let consumerTag: String
    private let began = ContinuousClock.now
    private var assembler = ContentAssembler<Envelope>()
    private var deliveries: [Delivery] = []
    private var lastEvent = ContinuousClock.now
    private var lastRead = ContinuousClock.now
    private var lastAnnounced: UInt64 = 0
    /// The last delivery received.
    private var lastDelivered: UInt64 = 0
    private var lastAcknowledged: UInt64 = 0
    private var returned = ReturnedDeliveries()
    /// Settled up to here; mostly acknowledged at once.
    private var withheld: UInt64 = 0
    /// When stopping began.
    private var stoppingSince: ContinuousClock.Instant?
    /// Ignores further deliveries, which stay with the broker.
    private var hasFinished = false
    private var hasDiscarded = false
    /// When reading was paused by backpressure.
    private var fullSince: ContinuousClock.Instant?
    private var lastSip = ContinuousClock.now

    /// Connects and starts consuming.
    init(_ setup: ConsumerSetup) throws(AMQPError) {
        self.setup = setup
        let options = setup.options
        connection = try AMQPConnection(
            to: setup.address,
            as: ClientIdentity(
                version: options.productVersion,
                connectionName: options.connectionName ?? "\(ClientIdentity.product): consumer of \(setup.queue)"),
            heartbeat: options.heartbeat, timeout: options.timeout, acceptsLargerFrames: true)
        let finding = TopologyFinding(connection: connection, channel: Self.channelForQuestions)
        for item in [.queue(setup.queue, options.queuePolicy)] + options.topology {
            if try finding.ensure(item) { setup.logger.notice("\(item.creation)") }
        }
        try connection.openChannel(Self.channel)
        try connection.setPrefetch(setup.prefetch, on: Self.channel)
        channelNumber = setup.mailbox.beginChannel()
        consumerTag = try connection.consume(setup.queue, on: Self.channel)
    }

    /// Whether it has worked: it has delivered something, or lasted for some time.
    var hasProvenItself: Bool { lastAcknowledged > 0 || began.duration(to: .now) > setup.options.backoff.most * 2 }

    /// Runs until closed, or until another prefetch is needed; throws on failure.
    func run() throws(AMQPError) -> End {
        while true {
            let orders = setup.mailbox.take()
            if let number = orders.acknowledged { withheld = max(withheld, number) }
            if orders.isClosing {
                try leave()
                return .closed
            }
            if orders.isGivingBack, !orders.isStopping {
                // First, so that nothing is settled that is about to be redelivered elsewhere.
                setup.mailbox.endChannel()
                try leave()
                return .gaveBack
            }
            if orders.isStopping { stop() } else { try acknowledge(withheld) }
            if orders.mustConfirm { try askWhetherOpen() }
            if setup.events.isFull || hasFinished, !(setup.mailbox.isAsking && !setup.events.isOverfull) {
                if isStalled() {
                    setup.mailbox.endChannel()
                    try leave()
                    return .stalled
                }
                if !mustBeat(), !maySip() {
                    AMQPConnection.poll(-1, setup.mailbox.wakeup, min(.seconds(1), setup.options.stallPatience))
                    continue
                }
            } else {
                fullSince = nil
            }
            // If this throws, its deliveries are dropped: they are redelivered on the next connection.
            let isReadEmpty = try drain()
            let isTrickle = isTrickle()
            flush()
            if isTrickle { usleep(Self.trickleRest) }
            let isStoppingSoon = orders.isStopping && !hasFinished
            if isReadEmpty {
                connection.wait(for: setup.mailbox.wakeup, atMost: isStoppingSoon ? Self.lastLook : nil)
            }
        }
    }

    /// Whether the broker has been unable to send for too long.
    private func isStalled() -> Bool {
        let since = fullSince ?? .now
        fullSince = since
        return !hasFinished && since.duration(to: .now) > setup.options.stallPatience
            && lastDelivered - lastAcknowledged < UInt64(setup.prefetch) && setup.events.isOverfull
            && connection.holdsUnread(bytes: Self.notOnlyHeartbeats)
    }

    /// Whether a little may be read despite backpressure.
    private func maySip() -> Bool {
        !hasFinished && !setup.events.isOverfull && lastSip.duration(to: .now) > setup.options.stallPatience / 2
            && connection.holdsUnread(bytes: Self.notOnlyHeartbeats)
    }

    /// Whether the prefetch is exhausted: nothing is in flight until an acknowledgement.
    private var isExhausted: Bool {
        lastDelivered - lastAcknowledged >= UInt64(setup.prefetch) && assembler.isIdle && !hasDiscarded
    }

    /// Stops taking deliveries. Those in flight are still received, if there is room; nothing is acknowledged before
    /// the end (``leave()``), so that no more are sent. The consumer is not cancelled: with a single active consumer
    /// the next one would take over at once, and apply its messages before these.
    private func stop() {
        guard !hasFinished else { return }
        let since = stoppingSince ?? .now
        stoppingSince = since
        guard isExhausted || setup.events.isFull || since.duration(to: .now) > Self.lastLook else { return }
        hasFinished = true
        flush()
        setup.events.finish()
        setup.health.set(.idle, "stopped; acknowledging the messages in progress")
        setup.logger.info("stopped consuming")
    }

    /// Acknowledges settled deliveries and closes the channel, whose reply means that the acknowledgements have
    /// arrived. The rest return to their place in the queue before another consumer gets anything.
    private func leave() throws(AMQPError) {
        if setup.options.queuePolicy.isQuorum, isExhausted, withheld == lastDelivered {
            // All is settled and nothing in flight: cancel, so that the acknowledgement triggers no delivery, which
            // would count as returned. Not for classic queues, which have no delivery count: with a single active
            // consumer, RabbitMQ 3.10 crashes the queue when a message arrives right after the active consumer was
            // cancelled.
            let pool = BytePool()
            var request = amqp_basic_cancel_t(consumer_tag: pool.copy(consumerTag), nowait: 1)
            try connection.check(
                amqp_send_method(connection.handle, Self.channel, AMQP_BASIC_CANCEL_METHOD, &request))
        }
        try acknowledge(withheld)
        // The reply comes behind all deliveries in flight, which are discarded.
        connection.close(channel: Self.channel, waiting: setup.events.isFull ? .zero : .milliseconds(800))
    }

    /// Whether a heartbeat is due because nothing was read: they are sent only while reading frames.
    private func mustBeat() -> Bool {
        lastRead.duration(to: .now) > .milliseconds(connection.heartbeat * 250)
    }

    private func acknowledge(_ number: UInt64) throws(AMQPError) {
        // Acknowledging a tag twice would close the channel.
        guard number > lastAcknowledged, number <= lastDelivered else { return }
        setup.options.reached(.beforeAck)
        try connection.check(amqp_basic_ack(connection.handle, Self.channel, number, 1))
        setup.options.reached(.afterAck)
        lastAcknowledged = number
        if returned.acknowledged(upTo: number) { setup.health.set(returns: 0) }
    }

    /// Sends a request without effect: the same prefetch. Its reply comes on the channel itself, so a channel that the
    /// broker has closed does not reply.
    private func askWhetherOpen() throws(AMQPError) {
        var request = amqp_basic_qos_t(prefetch_size: 0, prefetch_count: setup.prefetch, global: 0)
        try connection.check(amqp_send_method(connection.handle, Self.channel, AMQP_BASIC_QOS_METHOD, &request))
    }

    /// Receives what is available. False if it stopped early at a full event.
    private func drain() throws(AMQPError) -> Bool {
        lastRead = .now
        let isTooMuch = setup.events.isFull || hasFinished
        let isSip = isTooMuch && maySip()
        let isFull = isTooMuch && !isSip && !setup.mailbox.isAsking
        if isSip { lastSip = .now }
        var bytes = 0
        var isFirst = true
        while let frame = try connection.nextFrame(isFirst: isFirst || isSip) {
            isFirst = false
            defer { connection.releaseBuffers(of: frame.channel) }
            bytes += try handle(frame)
            let most = isSip ? Self.sipBytes : Self.bytesPerEvent
            if isFull || deliveries.count >= Self.deliveriesPerEvent || bytes >= most { return false }
        }
        return true
    }

    /// Whether deliveries arrive in quick succession but few at a time, as from a busy broker: a short pause then lets
    /// more accumulate, which halves the system calls and thread switches per message. Requires unused prefetch, and
    /// never delays a single message.
    private func isTrickle() -> Bool {
        guard !deliveries.isEmpty else { return false }
        let now = ContinuousClock.now
        defer { lastEvent = now }
        return deliveries.count < Self.trickle && (lastDelivered - lastAcknowledged) * 2 < UInt64(setup.prefetch)
            && lastEvent.duration(to: now) < .milliseconds(1)
    }

    private func flush() {
        guard !deliveries.isEmpty else { return }
        setup.events.yield(.deliveries(deliveries))
        deliveries = []
    }

    /// Returns the number of body bytes in the frame.
    private func handle(_ frame: amqp_frame_t) throws(AMQPError) -> Int {
        switch CInt(frame.frame_type) {
        case AMQP_FRAME_METHOD:
            try handle(frame.payload.method, on: frame.channel)
        case AMQP_FRAME_HEADER where frame.channel == Self.channel:
            let header = frame.payload.properties
            guard let raw = header.decoded?.assumingMemoryBound(to: amqp_basic_properties_t.self) else { break }
            append(
                try assembler.header(
                    bodySize: header.body_size, properties: PropertiesReader.properties(raw.pointee)))
        case AMQP_FRAME_BODY where frame.channel == Self.channel:
            let fragment = UnsafeRawBufferPointer(amqp: frame.payload.body_fragment)
            append(try assembler.body(fragment))
            return fragment.count
        default: break
        }
        return 0
    }

    private func handle(_ method: amqp_method_t, on channel: UInt16) throws(AMQPError) {
        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD where channel == Self.channel:
            guard let deliver = method.decoded?.assumingMemoryBound(to: amqp_basic_deliver_t.self).pointee else {
                return
            }
            guard deliver.delivery_tag > lastAnnounced else {
                throw AMQPError(.protocolViolation, "\(setup.address): the broker counts its deliveries backwards")
            }
            lastAnnounced = deliver.delivery_tag
            try assembler.begin(Envelope(number: deliver.delivery_tag, isRedelivered: deliver.redelivered != 0))
        case AMQP_BASIC_CANCEL_METHOD where channel == Self.channel:
            throw AMQPError(
                .closedByBroker, "\(setup.address): the queue '\(setup.queue)' was deleted or has moved; create it anew"
            )
        case AMQP_BASIC_QOS_OK_METHOD where channel == Self.channel: setup.mailbox.confirmed()
        case AMQP_CHANNEL_CLOSE_METHOD, AMQP_CONNECTION_CLOSE_METHOD:
            // At once: pending deliveries must not be settled any more.
            setup.mailbox.endChannel()
            connection.acknowledgeClose(method.id, on: channel)
            throw AMQPError(closingMethod: method, stage: .open, address: setup.address)
        default: break  // including connection.blocked: acknowledgements are still accepted
        }
    }

    private func append(_ content: ContentAssembler<Envelope>.Content?) {
        guard let content else { return }
        guard !hasFinished else { return hasDiscarded = true }
        lastDelivered = content.envelope.number
        let returns = returned.note(
            content.envelope.number, isRedelivered: content.envelope.isRedelivered, headers: content.properties.headers)
        if let returns { setup.health.set(returns: returns) }
        deliveries.append(
            Delivery(
                tag: DeliveryTag(channel: channelNumber, number: content.envelope.number), queue: setup.queue,
                body: content.body, isRedelivered: content.envelope.isRedelivered, properties: content.properties))
    }
}
