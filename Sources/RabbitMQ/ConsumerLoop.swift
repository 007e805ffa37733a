internal import Contracts
internal import CRabbitMQ
internal import Logging
internal import ThreadExecutors

/// Configuration of a consumer's thread.
struct ConsumerSetup: Sendable {
    let address: BrokerAddress
    let queue: String
    let prefetch: UInt16
    let options: ConsumerOptions
    let logger: Logger
    let mailbox: ConsumerMailbox
    let events: EventQueue
    let health: HealthRecord
}

/// The main loop of a consumer's thread: connect, consume, reconnect, until stopped.
final class ConsumerLoop {
    private let setup: ConsumerSetup
    private var backoff: Backoff
    /// The last reason reported; the same one is not reported again.
    private var reason: String?

    init(_ setup: ConsumerSetup) {
        self.setup = setup
        backoff = setup.options.backoff
    }

    func run() {
        defer {
            setup.mailbox.endChannel()
            setup.events.finish()
        }
        if setup.options.followsPipeline {
            setup.health.set(.down, "waiting for the store before connecting")
            waitUntil { setup.events.isAskedFor }
        }
        while !setup.mailbox.isStopping {
            var session: ConsumerSession?
            do throws(AMQPError) {
                let opened = try ConsumerSession(setup)
                session = opened
                tellUp()
                let end = try opened.run()
                setup.mailbox.endChannel()
                if end == .closed { return setup.health.set(.idle, "closed") }
                session = nil
                giveBack(end)
            } catch {
                // A session that lasted, or processed messages, resets the backoff.
                if session?.hasProvenItself == true { backoff.reset() }
                session = nil
                setup.mailbox.endChannel()
                setup.events.withdrawDeliveries()
                tellDown(error)
                rest()
            }
            if setup.options.followsPipeline { waitUntilPassed() }
        }
        setup.health.set(.idle, "stopped")
    }

    /// Waits until the pipeline has released all deliveries of the closed channel. Messages consumed while the store
    /// blocks would only be returned again, which counts towards their queue's delivery limit.
    private func waitUntilPassed() {
        let began = ContinuousClock.now
        waitUntil {
            let isHeld = setup.events.takenCount > setup.mailbox.passedCount
            if isHeld, began.duration(to: .now) > .seconds(1) {
                reason = nil
                setup.health.set(.idle, "not consuming until the store has applied the messages in progress")
            }
            return !isHeld
        }
    }

    private func waitUntil(_ isSo: () -> Bool) {
        while !setup.mailbox.isStopping, !isSo() {
            AMQPConnection.poll(-1, setup.mailbox.wakeup, .milliseconds(20))
        }
    }

    /// Reconnects after returning all unacknowledged deliveries. Keeps the prefetch: a quorum queue preserves the order
    /// of returned messages only if one consumer gets all of them at once.
    private func giveBack(_ end: ConsumerSession.End) {
        setup.events.withdrawDeliveries()
        setup.logger.notice(
            end == .stalled
                ? "the buffer is full; all deliveries are returned, and consuming is paused until those in progress are applied"
                : "the store accepts no writes; all deliveries are returned, and consuming is paused until it does")
    }

    private func tellUp() {
        reason = nil
        setup.health.set(.up, "consuming '\(setup.queue)'")
        setup.logger.info("consuming")
        setup.events.yield(.up)
    }

    private func tellDown(_ error: AMQPError) {
        guard error.message != reason else { return }
        reason = error.message
        setup.health.set(.down, error.message)
        setup.logger.warning("not consuming: \(error.message)")
        setup.events.yield(.down(reason: error.message))
    }

    /// Waits for the backoff, or until stopped.
    private func rest() {
        let clock = ContinuousClock()
        let until = clock.now + backoff.wait()
        while !setup.mailbox.isStopping, clock.now < until {
            AMQPConnection.poll(-1, setup.mailbox.wakeup, clock.now.duration(to: until))
        }
    }
}
