internal import Contracts
internal import Logging
internal import ThreadExecutors

/// Configuration of a publisher's thread.
struct PublisherSetup: Sendable {
    let address: BrokerAddress
    let options: PublisherOptions
    let logger: Logger
    let mailbox: PublisherMailbox
    let health: HealthRecord
    let watchdog: WriteWatchdog
}

/// The main loop of a publisher's thread: takes calls, keeps a connection for them, completes them all.
final class PublisherLoop {
    /// Time for calls in flight after ``PublisherConnection/close()``; the caller waits two seconds.
    private static let timeToClose = Duration.milliseconds(1500)

    private let setup: PublisherSetup
    private let clock = ContinuousClock()
    private var backoff: Backoff
    private var session: PublisherSession?
    /// Calls with unsent postings, in order.
    private var calls: [PublishCall] = []
    /// All incomplete calls.
    private var unanswered: [ObjectIdentifier: PublishCall] = [:]
    private var isWanted = false
    private var hasEverConnected = false
    private var nextTry = ContinuousClock.now
    /// Why there is no connection.
    private var reason: String?
    /// Why the broker blocks the connection.
    private var blockedReason: String?
    private var closeBy: ContinuousClock.Instant?

    init(_ setup: PublisherSetup) {
        self.setup = setup
        backoff = setup.options.backoff
    }

    func run() {
        while true {
            takeOrders()
            if let closeBy, (calls.isEmpty && session?.isIdle != false) || clock.now >= closeBy { break }
            if session == nil, isWanted, clock.now >= nextTry { connect() }
            guard let session else {
                rest()
                continue
            }
            do throws(AMQPError) {
                setup.watchdog.writeBegins()
                let hasMore = try session.send(&calls)
                if session.hasSentSome { setup.options.reached(.postingsSent) }
                let hasNews = try session.receive()
                setup.watchdog.writeEnds()
                tellBlocked(session.blockedReason)
                // Received confirms may have made room: without another pass, a small window stalls until the next
                // heartbeat.
                if !hasMore, !hasNews || calls.isEmpty { session.wait(until: closeBy) }
            } catch {
                lose(session, error)
            }
        }
        finish()
    }

    private func takeOrders() {
        let orders = setup.mailbox.take()
        for call in orders.calls {
            let mailbox = setup.mailbox
            let taken = PublishCall(call.order, began: call.began) { [weak self] results in
                self?.unanswered[ObjectIdentifier(call.order)] = nil
                mailbox.answered()
                call.continuation.resume(returning: results)
            }
            unanswered[ObjectIdentifier(call.order)] = taken
            calls.append(taken)
        }
        if orders.areSomeWithdrawn || orders.calls.contains(where: \.order.isWithdrawn) {
            for call in Array(unanswered.values) where call.isWithdrawn { call.withdraw() }
            calls.removeAll(where: \.isAllSent)
        }
        if !orders.calls.isEmpty { isWanted = true }
        if orders.isClosing, closeBy == nil { closeBy = clock.now + Self.timeToClose }
    }

    private func connect() {
        do throws(AMQPError) {
            session = try PublisherSession(setup)
            hasEverConnected = true
            reason = nil
            blockedReason = nil
            setup.health.set(.up, "ready to publish")
            setup.logger.info("connected for publishing")
        } catch {
            tellDown(error)
        }
    }

    private func lose(_ lost: PublisherSession, _ error: AMQPError) {
        var error = error
        if setup.watchdog.hasBitten {
            error = AMQPError(
                .connectionLost,
                "\(setup.address): the broker stopped reading (out of memory or disk?), so the connection was closed")
        }
        lost.abandon(reason: error.message)
        for call in calls { call.connectionEnded(reason: error.message) }
        calls.removeAll(where: \.isAllSent)
        if lost.hasProvenItself { backoff.reset() }
        setup.watchdog.watch(-1)
        session = nil
        tellDown(error)
    }

    private func tellDown(_ error: AMQPError) {
        nextTry = clock.now + backoff.wait()
        guard error.message != reason else { return }
        reason = error.message
        setup.health.set(.down, error.message)
        setup.logger.warning("not publishing: \(error.message)")
    }

    private func tellBlocked(_ reason: String?) {
        guard reason != blockedReason else { return }
        blockedReason = reason
        if let reason {
            setup.health.set(.down, "\(setup.address): the broker accepts no messages at present: \(reason)")
            setup.logger.warning("blocked by the broker: \(reason)")
        } else {
            setup.health.set(.up, "ready to publish")
            setup.logger.info("no longer blocked by the broker")
        }
    }

    /// Without a connection: expires calls, then waits for the next retry or call.
    private func rest() {
        let now = clock.now
        var until = isWanted ? nextTry : now + .seconds(3600)
        let patience =
            hasEverConnected
            ? setup.options.givesUpAfter : setup.options.givesUpFirstAfter ?? setup.options.givesUpAfter
        for call in calls {
            let limit = call.began + patience
            if now >= limit {
                call.giveUp(reason: "not sent: \(reason ?? "no connection to \(setup.address)")")
            } else {
                until = min(until, limit)
            }
        }
        calls.removeAll(where: \.isAllSent)
        if let closeBy { until = min(until, closeBy) }
        AMQPConnection.poll(-1, setup.mailbox.wakeup, now.duration(to: until))
    }

    private func finish() {
        session?.abandon(reason: "the publisher was closed before the broker had confirmed it")
        for call in calls { call.giveUp(reason: "not sent: the publisher was closed") }
        for call in setup.mailbox.take().calls {
            call.continuation.resume(
                returning: call.order.postings.map { _ in .unknown(reason: "not sent: the publisher was closed") })
        }
        session?.close()
        session = nil
        setup.health.set(.idle, "closed")
    }
}
