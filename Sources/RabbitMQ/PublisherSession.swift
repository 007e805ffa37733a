internal import Contracts
internal import CRabbitMQ
internal import Glibc
internal import JSON
internal import Logging

/// One connection and channel of a publisher, from login to close. Confined to the publisher's thread.
final class PublisherSession {
    private struct Ticket {
        let call: PublishCall
        let index: Int

        var posting: Posting { call.postings[index] }
    }

    private struct Return {
        let code: Int
        let reason: String
        let exchange: String
        let routingKey: String
    }

    /// The encoded properties of a message; allocated in the pool, valid for one message.
    private struct Envelope {
        let exchange: amqp_bytes_t
        let routingKey: amqp_bytes_t
        let properties: amqp_basic_properties_t
    }

    private static let channel: UInt16 = 1
    private static let channelForQuestions: UInt16 = 2
    /// Postings sent at once before checking for confirms.
    private static let postingsPerTurn = 256
    private static let bytesPerTurn = 1 << 20

    private let setup: PublisherSetup
    private let connection: AMQPConnection
    private let pool = BytePool()
    private let began = ContinuousClock.now
    private var window = UnconfirmedWindow<Ticket>()
    private var returns = ContentAssembler<Return>()
    /// Exchanges that may be published to on this connection.
    private var exchanges: Set<ByteString> = []
    /// Exchanges of which a posting was returned since.
    private var doubted: Set<ByteString> = []
    /// The last refused exchange, for the rest of the call: its postings share one result.
    private var refused: (exchange: ByteString, call: PublishCall, result: PostingResult)?
    private var hasConfirmed = false
    /// Since when no confirm has arrived, although some are due.
    private var waitsSince: ContinuousClock.Instant?
    /// Whether the last ``send(_:)`` wrote anything.
    private(set) var hasSentSome = false
    /// Why the broker blocks publishing; nil: it does not.
    private(set) var blockedReason: String?

    /// Connects and enables confirms.
    init(_ setup: PublisherSetup) throws(AMQPError) {
        self.setup = setup
        connection = try AMQPConnection(
            to: setup.address,
            as: ClientIdentity(version: setup.options.productVersion, connectionName: setup.options.connectionName),
            heartbeat: setup.options.heartbeat, timeout: setup.options.timeout)
        try connection.openChannel(Self.channel)
        try connection.selectConfirms(on: Self.channel)
        setup.watchdog.watch(connection.descriptor)
    }

    var isBlocked: Bool { blockedReason != nil }
    /// Whether nothing is unconfirmed.
    var isIdle: Bool { window.count == 0 }
    /// Whether it has worked: something was confirmed, or it has lasted for some time.
    var hasProvenItself: Bool { hasConfirmed || began.duration(to: .now) > setup.options.backoff.most * 2 }

    private func hasRoom(for bytes: Int) -> Bool {
        window.count == 0
            || (window.count < setup.options.windowCount && window.bytes + bytes <= setup.options.windowBytes)
    }

    /// Waits for the broker, a call, or a deadline.
    func wait(until limit: ContinuousClock.Instant?) {
        let confirmLimit = waitsSince.map { $0 + setup.options.confirmLimit }
        let until = [limit, confirmLimit].compactMap { $0 }.min()
        connection.wait(for: setup.mailbox.wakeup, atMost: until.map { ContinuousClock.now.duration(to: $0) })
    }

    func close() { connection.close(waiting: .milliseconds(400)) }

    /// The connection is lost, or about to be closed.
    func abandon(reason: String) {
        for (ticket, returned) in window.abandon() {
            if let returned {
                ticket.call.settle(ticket.index, .returned(code: returned.code, reason: returned.reason))
            } else {
                ticket.call.settleUnknown(ticket.index, reason: reason)
            }
        }
    }

    // MARK: Sending

    /// Sends what fits into the window, and removes calls that are completely sent. True if more could be sent at once.
    func send(_ calls: inout [PublishCall]) throws(AMQPError) -> Bool {
        hasSentSome = false
        guard !calls.isEmpty, !isBlocked, hasRoom(for: 0) else { return false }
        setCork(true)
        defer { setCork(false) }
        var sent = 0
        var bytes = 0
        var done = 0
        defer { calls.removeFirst(done) }
        while done < calls.count {
            let call = calls[done]
            guard !call.isAllSent else {
                done += 1
                continue
            }
            guard call.mayGoOn else {
                call.giveUp(reason: "not sent: this gateway has lost the lease")
                continue
            }
            let posting = call.postings[call.next]
            let size = posting.body.count
            guard hasRoom(for: size) else { return false }
            guard sent < Self.postingsPerTurn, bytes < Self.bytesPerTurn else { return true }
            try send(posting, of: call)
            hasSentSome = true
            sent += 1
            bytes += size
        }
        return false
    }

    private func send(_ posting: Posting, of call: PublishCall) throws(AMQPError) {
        let ticket = Ticket(call: call, index: call.next)
        let envelope: Envelope
        do throws(AMQPError) {
            if let refusal = try refusal(of: posting.exchange, call) {
                call.markSent()
                return call.settle(ticket.index, refusal)
            }
            envelope = try self.envelope(of: posting)
        } catch  where error.code == .unsendable {
            call.markSent()
            return call.settle(ticket.index, .unsendable(reason: error.message))
        }
        // From here on the broker may have it.
        call.markSent()
        window.publish(ticket, bytes: posting.body.count)
        if waitsSince == nil { waitsSince = .now }
        try write(posting, envelope)
    }

    /// Checks everything that could fail in the middle of a message.
    private func envelope(of posting: Posting) throws(AMQPError) -> Envelope {
        guard posting.body.count <= setup.options.largestBody else {
            throw AMQPError(
                .unsendable, "it has \(posting.body.count) bytes; \(setup.options.largestBody) is the most that goes")
        }
        pool.recycle()
        return Envelope(
            exchange: try PropertiesWriter.shortString(posting.exchange, "exchange name", in: pool),
            routingKey: try PropertiesWriter.shortString(posting.routingKey, "routing key", in: pool),
            properties: try PropertiesWriter.properties(posting.properties, frameMax: connection.frameMax, in: pool))
    }

    private func write(_ posting: Posting, _ envelope: Envelope) throws(AMQPError) {
        var properties = envelope.properties
        let status = posting.body.withUnsafeBytes { body in
            amqp_basic_publish(
                connection.handle, Self.channel, envelope.exchange, envelope.routingKey,
                posting.isMandatory ? 1 : 0, 0, &properties,
                amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
        }
        try connection.check(status)
    }

    /// Why the exchange may not be published to; nil if it may.
    ///
    /// Publishing to a missing exchange closes the channel with everything in flight: so each exchange is checked once
    /// per connection, together with what is declared for it. After a return it is checked again, but not in the middle
    /// of a call, whose later postings would overtake the returned ones.
    private func refusal(of exchange: String, _ call: PublishCall) throws(AMQPError) -> PostingResult? {
        guard !exchange.isEmpty else { return nil }
        let name = ByteString(exchange)
        if call.next == 0, doubted.remove(name) != nil { exchanges.remove(name) }
        if exchanges.contains(name) { return nil }
        if let refused, refused.call === call, refused.exchange == name { return refused.result }
        setCork(false)
        defer { setCork(true) }
        refused = nil
        guard let result = try ensure(exchange) else {
            exchanges.insert(name)
            return nil
        }
        refused = (name, call, result)
        return result
    }

    private func ensure(_ exchange: String) throws(AMQPError) -> PostingResult? {
        let finding = TopologyFinding(connection: connection, channel: Self.channelForQuestions)
        do throws(AMQPError) {
            for item in setup.options.topology[exchange] ?? [] {
                if try finding.ensure(item) { setup.logger.notice("\(item.creation)") }
            }
        } catch  where error.isRefusal && connection.isOpen {
            return .returned(code: 0, reason: error.message)
        }
        guard try connection.hasExchange(exchange, asking: Self.channelForQuestions) else {
            let reason = "NOT_FOUND: no exchange '\(exchange)'; declare it, or correct the route"
            return .returned(code: Int(AMQP_NOT_FOUND), reason: reason)
        }
        return nil
    }

    /// While corked, the kernel combines the library's many small writes into full segments.
    private func setCork(_ isOn: Bool) {
        guard setup.address.tls == nil else { return }
        var flag: CInt = isOn ? 1 : 0
        setsockopt(connection.descriptor, CInt(IPPROTO_TCP), TCP_CORK, &flag, socklen_t(MemoryLayout<CInt>.size))
    }

    // MARK: Receiving

    /// Handles available confirms and returns. True if there were any.
    func receive() throws(AMQPError) -> Bool {
        var isFirst = true
        while let frame = try connection.nextFrame(isFirst: isFirst) {
            isFirst = false
            defer { connection.releaseBuffers(of: frame.channel) }
            switch CInt(frame.frame_type) {
            case AMQP_FRAME_METHOD:
                try handle(frame.payload.method, on: frame.channel)
            case AMQP_FRAME_HEADER where frame.channel == Self.channel:
                let header = frame.payload.properties
                guard let raw = header.decoded?.assumingMemoryBound(to: amqp_basic_properties_t.self) else { break }
                settle(
                    try returns.header(
                        bodySize: header.body_size, properties: PropertiesReader.properties(raw.pointee)))
            case AMQP_FRAME_BODY where frame.channel == Self.channel:
                settle(try returns.body(UnsafeRawBufferPointer(amqp: frame.payload.body_fragment)))
            default: break
            }
        }
        guard let waitsSince, !isBlocked, waitsSince.duration(to: .now) > setup.options.confirmLimit else {
            return !isFirst
        }
        throw AMQPError(
            .timedOut,
            "\(setup.address): no confirm for \(setup.options.confirmLimit); has a quorum queue lost its majority?")
    }

    private func handle(_ method: amqp_method_t, on channel: UInt16) throws(AMQPError) {
        switch method.id {
        case AMQP_BASIC_ACK_METHOD where channel == Self.channel:
            guard let ack = method.decoded?.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee else { return }
            hasConfirmed = true
            try confirm(ack.delivery_tag, isMultiple: ack.multiple != 0, as: .confirmed)
        case AMQP_BASIC_NACK_METHOD where channel == Self.channel:
            guard let nack = method.decoded?.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee else { return }
            try confirm(nack.delivery_tag, isMultiple: nack.multiple != 0, as: .refused)
        case AMQP_BASIC_RETURN_METHOD where channel == Self.channel:
            guard let raw = method.decoded?.assumingMemoryBound(to: amqp_basic_return_t.self).pointee else { return }
            try returns.begin(
                Return(
                    code: Int(raw.reply_code), reason: String(amqp: raw.reply_text),
                    exchange: HeaderReader.text(raw.exchange), routingKey: HeaderReader.text(raw.routing_key)))
        case AMQP_CONNECTION_BLOCKED_METHOD:
            let blocked = method.decoded?.assumingMemoryBound(to: amqp_connection_blocked_t.self).pointee
            blockedReason = blocked.map { String(amqp: $0.reason) } ?? ""
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            blockedReason = nil
            waitsSince = isIdle ? nil : .now
        case AMQP_CHANNEL_CLOSE_METHOD, AMQP_CONNECTION_CLOSE_METHOD:
            connection.acknowledgeClose(method.id, on: channel)
            throw AMQPError(closingMethod: method, stage: .open, address: setup.address)
        default: break
        }
    }

    private func confirm(_ number: UInt64, isMultiple: Bool, as result: PostingResult) throws(AMQPError) {
        let isKnown = window.confirm(number, isMultiple: isMultiple) { ticket, returned in
            ticket.call.settle(
                ticket.index, returned.map { .returned(code: $0.code, reason: $0.reason) } ?? result)
        }
        waitsSince = isIdle ? nil : .now
        guard isKnown else {
            throw AMQPError(.protocolViolation, "\(setup.address): the broker confirmed a message that was never sent")
        }
    }

    private func settle(_ content: ContentAssembler<Return>.Content?) {
        guard let content else { return }
        let what = content.envelope
        if setup.options.topology[what.exchange] != nil { doubted.insert(ByteString(what.exchange)) }
        let returned = UnconfirmedWindow<Ticket>.Returned(
            code: what.code,
            reason: "\(what.reason): no queue takes '\(what.routingKey)' of exchange '\(what.exchange)'")
        let isMatched = window.markReturned(returned) { ticket in
            let posting = ticket.posting
            return posting.routingKey == what.routingKey && posting.exchange == what.exchange
                && posting.properties.messageId == content.properties.messageId && posting.body == content.body
        }
        if !isMatched { setup.logger.error("the broker returned a message that was not in flight") }
    }
}
