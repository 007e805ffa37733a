internal import CRabbitMQ
internal import Glibc
internal import Logging
internal import Pipeline

/// One connection and channel of a consumer, from the login to whatever ends it. Belongs to the consumer's thread.
final class ConsumerSession {
    /// An event carries at most so many deliveries, and ends after so many bytes, for the pipeline to begin early and for
    /// acknowledgements to go out in between.
    private static let deliveriesPerEvent = 1024
    private static let bytesPerEvent = 512 << 10
    /// Fewer deliveries than this in an event are few; the rest in microseconds that lets more gather.
    private static let trickle = 32
    private static let trickleRest: UInt32 = 300
    /// Bytes in the socket that are more than the heartbeats that may wait there.
    private static let notOnlyHeartbeats = 1024
    /// While too much waits to be taken, a little is read now and then. RabbitMQ closes a connection that takes nothing for
    /// 30 s, and gives all of its messages out again, each time counting towards their queue's delivery limit.
    private static let sipBytes = 1 << 20
    /// How long deliveries on their way are waited for when it is told to stop.
    private static let lastLook = Duration.milliseconds(100)
    /// So many times a message may be given back before it is told.
    private static let manyReturns: Int64 = 3
    private static let channel: UInt16 = 1
    private static let channelForQuestions: UInt16 = 2

    private struct Envelope {
        let number: UInt64
        let isRedelivered: Bool
    }

    /// Why it ended, where nothing went wrong.
    enum End {
        /// It was told to.
        case closed
        /// It was told to give back what it has.
        case gaveBack
        /// For ``ConsumerOptions/stallPatience`` nobody took what it has, and no more can be taken in.
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
    /// The last one that was taken.
    private var lastDelivered: UInt64 = 0
    private var lastAcknowledged: UInt64 = 0
    /// The delivery at hand that was given back most often of all, where that is often.
    private var returned: (number: UInt64, count: Int64) = (0, 0)
    /// Settled up to here; mostly acknowledged at once.
    private var withheld: UInt64 = 0
    /// Since when it is told to stop.
    private var stoppingSince: ContinuousClock.Instant?
    /// Takes no further deliveries: those that still come are left to the broker.
    private var hasFinished = false
    private var hasDiscarded = false
    /// Since when nothing is read because too much waits.
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
        let finding = QueueFinding(
            queue: setup.queue, policy: options.queuePolicy, connection: connection, channel: Self.channelForQuestions)
        if try finding.find() { setup.logger.notice("declared the queue, which was missing") }
        try connection.openChannel(Self.channel)
        try connection.setPrefetch(setup.prefetch, on: Self.channel)
        channelNumber = setup.mailbox.beginChannel()
        consumerTag = try connection.consume(setup.queue, on: Self.channel)
    }

    /// Whether it is no wonder that it began: it has delivered something, or stood for some time.
    var hasProvenItself: Bool { lastAcknowledged > 0 || began.duration(to: .now) > setup.options.backoff.maximum * 2 }

    /// Returns when it was told to close, and has, or when another number of deliveries should be asked for; throws what
    /// ended it otherwise.
    func run() throws(AMQPError) -> End {
        while true {
            let orders = setup.mailbox.take()
            if let number = orders.acknowledged { withheld = max(withheld, number) }
            if orders.isClosing {
                try leave()
                return .closed
            }
            if orders.isGivingBack, !orders.isStopping {
                // First for those who are about to settle what will be somebody else's in a moment.
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
            // If this throws, what it has taken is dropped: it comes again on the next connection.
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

    /// Whether the broker has been trying in vain to send for long.
    private func isStalled() -> Bool {
        let since = fullSince ?? .now
        fullSince = since
        return !hasFinished && since.duration(to: .now) > setup.options.stallPatience
            && lastDelivered - lastAcknowledged < UInt64(setup.prefetch) && setup.events.isOverfull
            && connection.holdsUnread(bytes: Self.notOnlyHeartbeats)
    }

    /// Whether a little may be read though too much waits.
    private func maySip() -> Bool {
        !hasFinished && !setup.events.isOverfull && lastSip.duration(to: .now) > setup.options.stallPatience / 2
            && connection.holdsUnread(bytes: Self.notOnlyHeartbeats)
    }

    /// Whether the broker has sent all that it may: nothing is on its way before something is acknowledged.
    private var isExhausted: Bool {
        lastDelivered - lastAcknowledged >= UInt64(setup.prefetch) && assembler.isIdle && !hasDiscarded
    }

    /// No more deliveries. Those on their way are still taken, where there is room; nothing is acknowledged before the end
    /// (``leave()``), so that no others come. Not cancelled either: of several consumers of which one is active, the
    /// next would take over at once, and apply its messages before these are.
    private func stop() {
        guard !hasFinished else { return }
        let since = stoppingSince ?? .now
        stoppingSince = since
        guard isExhausted || setup.events.isFull || since.duration(to: .now) > Self.lastLook else { return }
        hasFinished = true
        flush()
        setup.events.finish()
        setup.health.set(.idle, "stopped; acknowledges what is still at work")
        setup.logger.info("stopped consuming")
    }

    /// Acknowledges what is settled and closes the channel, whose answer means that the acknowledgements have arrived. What is
    /// not acknowledged goes back to where it was in the queue, before another consumer gets anything.
    private func leave() throws(AMQPError) {
        if setup.options.queuePolicy.isQuorum, isExhausted, withheld == lastDelivered {
            // All is settled and nothing on its way. So that the acknowledgement brings no more, which would count as given
            // back. Never on a classic queue, which need not count: where that has a single active consumer, RabbitMQ 3.10
            // crashes the queue when a message comes right after the active one was cancelled.
            let pool = BytePool()
            var request = amqp_basic_cancel_t(consumer_tag: pool.copy(consumerTag), nowait: 1)
            try connection.check(
                amqp_send_method(connection.handle, Self.channel, AMQP_BASIC_CANCEL_METHOD, &request))
        }
        try acknowledge(withheld)
        // The answer comes behind all that is on its way, which is not taken in for that.
        connection.close(channel: Self.channel, waiting: setup.events.isFull ? .zero : .milliseconds(800))
    }

    /// Whether so long nothing was read that a heartbeat is due: they only go out while frames are read.
    private func mustBeat() -> Bool {
        lastRead.duration(to: .now) > .milliseconds(connection.heartbeat * 250)
    }

    private func acknowledge(_ number: UInt64) throws(AMQPError) {
        // A tag that was acknowledged already would close the channel.
        guard number > lastAcknowledged, number <= lastDelivered else { return }
        setup.options.reached(.beforeAck)
        try connection.check(amqp_basic_ack(connection.handle, Self.channel, number, 1))
        setup.options.reached(.afterAck)
        lastAcknowledged = number
        if returned.count > 0, returned.number <= number {
            returned = (0, 0)
            setup.health.set(returns: 0)
        }
    }

    /// Asks for something that changes nothing: as many deliveries as before. The answer comes on the channel itself, so a
    /// channel that the broker has closed does not give it.
    private func askWhetherOpen() throws(AMQPError) {
        var request = amqp_basic_qos_t(prefetch_size: 0, prefetch_count: setup.prefetch, global: 0)
        try connection.check(amqp_send_method(connection.handle, Self.channel, AMQP_BASIC_QOS_METHOD, &request))
    }

    /// Takes what is there. False when it stopped early because an event is full.
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

    /// Whether deliveries come in quick succession but few at a time, as from a broker that is busy: resting a moment then
    /// lets the next ones gather, and takes half of the system calls and thread switches off a message. The broker must
    /// have leave to send more meanwhile, and a lone message is never held up.
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

    /// Returns how many bytes of a body came along.
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
            // At once: what waits must not be settled any more.
            setup.mailbox.endChannel()
            connection.acknowledgeClose(method.id, on: channel)
            throw AMQPError(closingMethod: method, stage: .open, address: setup.address)
        default: break  // connection.blocked among them: acknowledgements go through all the same
        }
    }

    /// A quorum queue counts how often it had to take a message back. Beyond a limit, which nobody here knows, it drops it.
    private func noteReturns(of content: ContentAssembler<Envelope>.Content) {
        guard
            case .integer(let count)? = content.properties.headers.first(where: { $0.name == "x-delivery-count" })?
                .value,
            count >= Self.manyReturns, count > returned.count
        else { return }
        returned = (content.envelope.number, count)
        setup.health.set(returns: Int(clamping: count))
    }

    private func append(_ content: ContentAssembler<Envelope>.Content?) {
        guard let content else { return }
        guard !hasFinished else { return hasDiscarded = true }
        lastDelivered = content.envelope.number
        if content.envelope.isRedelivered { noteReturns(of: content) }
        deliveries.append(
            Delivery(
                tag: DeliveryTag(channel: channelNumber, number: content.envelope.number), queue: setup.queue,
                body: content.body, isRedelivered: content.envelope.isRedelivered, properties: content.properties))
    }
}
