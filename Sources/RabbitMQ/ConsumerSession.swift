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
    /// Deliveries, at least, that show that the store takes them again.
    private static let recovery: UInt64 = 16
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
        /// For ``ConsumerOptions/stallPatience`` nobody took what it has, and more is in the socket.
        case stalled
        /// With fewer deliveries asked for than there may be, all is done.
        case drained
    }

    private let setup: ConsumerSetup
    private let window: PrefetchWindow
    private let connection: AMQPConnection
    private let channelNumber: UInt64
    private let consumerTag: String
    private let began = ContinuousClock.now
    private var assembler = ContentAssembler<Envelope>()
    private var deliveries: [Delivery] = []
    private var lastEvent = ContinuousClock.now
    private var lastRead = ContinuousClock.now
    private var lastDelivered: UInt64 = 0
    private var lastAcknowledged: UInt64 = 0
    private var cancel = Cancel.notAsked
    /// Since when nothing is read because too much waits.
    private var fullSince: ContinuousClock.Instant?

    private enum Cancel {
        case notAsked
        case asked
        case done
    }

    /// Connects and starts consuming.
    init(_ setup: ConsumerSetup, _ window: PrefetchWindow) throws(AMQPError) {
        self.setup = setup
        self.window = window
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
        try connection.setPrefetch(window.current, on: Self.channel)
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
            if let number = orders.acknowledged { try acknowledge(number) }
            if orders.isStopping { try askToCancel() }
            if orders.isClosing {
                connection.close(channel: Self.channel, waiting: .milliseconds(800))
                return .closed
            }
            if setup.events.isFull, !orders.isStopping {
                if isStalled() { return .stalled }
                if !mustBeat() {
                    AMQPConnection.poll(-1, setup.mailbox.wakeup, min(.seconds(1), setup.options.stallPatience))
                    continue
                }
            } else {
                fullSince = nil
                if isDrained, !orders.isStopping {
                    // Its answer means that the acknowledgements have arrived.
                    connection.close(channel: Self.channel, waiting: .milliseconds(800))
                    return .drained
                }
            }
            // If this throws, what it has taken is dropped: it comes again on the next connection.
            let isReadEmpty = try drain()
            let isTrickle = isTrickle()
            flush()
            if isTrickle { usleep(Self.trickleRest) }
            if isReadEmpty { connection.wait(for: setup.mailbox.wakeup) }
        }
    }

    /// Whether the broker has been trying in vain to send for long.
    private func isStalled() -> Bool {
        let since = fullSince ?? .now
        fullSince = since
        return window.mayShrink && since.duration(to: .now) > setup.options.stallPatience
            && lastDelivered - lastAcknowledged < UInt64(window.current)
            && connection.holdsUnread(bytes: Self.notOnlyHeartbeats)
    }

    /// Whether nothing is lost by asking for as many deliveries as there may be: what came is acknowledged, and it was
    /// enough to show that the store takes it.
    private var isDrained: Bool {
        window.isReduced && lastAcknowledged == lastDelivered
            && lastAcknowledged >= max(UInt64(window.current), Self.recovery)
            && assembler.isIdle
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
    }

    private func askToCancel() throws(AMQPError) {
        guard cancel == .notAsked else { return }
        let pool = BytePool()
        var request = amqp_basic_cancel_t(consumer_tag: pool.copy(consumerTag), nowait: 0)
        try connection.check(
            amqp_send_method(connection.handle, Self.channel, AMQP_BASIC_CANCEL_METHOD, &request))
        cancel = .asked
    }

    /// Takes what is there. False when it stopped early because an event is full.
    private func drain() throws(AMQPError) -> Bool {
        lastRead = .now
        let isFull = setup.events.isFull && cancel == .notAsked
        var bytes = 0
        var isFirst = true
        while let frame = try connection.nextFrame(isFirst: isFirst) {
            isFirst = false
            defer { connection.releaseBuffers(of: frame.channel) }
            bytes += try handle(frame)
            if isFull || deliveries.count >= Self.deliveriesPerEvent || bytes >= Self.bytesPerEvent { return false }
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
        return deliveries.count < Self.trickle && (lastDelivered - lastAcknowledged) * 2 < UInt64(window.current)
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
            guard deliver.delivery_tag > lastDelivered else {
                throw AMQPError(.protocolViolation, "\(setup.address): the broker counts its deliveries backwards")
            }
            lastDelivered = deliver.delivery_tag
            try assembler.begin(Envelope(number: deliver.delivery_tag, isRedelivered: deliver.redelivered != 0))
        case AMQP_BASIC_CANCEL_METHOD where channel == Self.channel:
            throw AMQPError(
                .closedByBroker, "\(setup.address): the queue '\(setup.queue)' was deleted or has moved; create it anew"
            )
        case AMQP_BASIC_CANCEL_OK_METHOD where channel == Self.channel:
            cancel = .done
            flush()
            setup.events.finish()
            setup.health.set(.idle, "stopped; acknowledges what is still at work")
            setup.logger.info("stopped consuming")
        case AMQP_CHANNEL_CLOSE_METHOD, AMQP_CONNECTION_CLOSE_METHOD:
            connection.acknowledgeClose(method.id, on: channel)
            throw AMQPError(closingMethod: method, stage: .open, address: setup.address)
        default: break  // connection.blocked among them: acknowledgements go through all the same
        }
    }

    private func append(_ content: ContentAssembler<Envelope>.Content?) {
        guard let content else { return }
        deliveries.append(
            Delivery(
                tag: DeliveryTag(channel: channelNumber, number: content.envelope.number), queue: setup.queue,
                body: content.body, isRedelivered: content.envelope.isRedelivered, properties: content.properties))
    }
}
