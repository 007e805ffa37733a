internal import CRabbitMQ
internal import Lanes
internal import Logging
internal import Pipeline

/// What a consumer's thread is given.
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

/// The life of a consumer's thread: connect, consume, and again, until it is told to stop.
final class ConsumerLoop {
    private let setup: ConsumerSetup
    private var backoff: Backoff
    /// The last reason told; the same one again is no news.
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
            setup.health.set(.down, "connects once the store was reached")
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
                // A session that lasted, or did some work, was a good one.
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

    /// Until the pipeline holds nothing of the channel that has ended. A store that takes nothing keeps it from that: were
    /// messages taken meanwhile, they would only be given back once more, which brings them nearer to their queue's delivery
    /// limit.
    private func waitUntilPassed() {
        let began = ContinuousClock.now
        waitUntil {
            let isHeld = setup.events.takenCount > setup.mailbox.passedCount
            if isHeld, began.duration(to: .now) > .seconds(1) {
                reason = nil
                setup.health.set(.idle, "takes no messages until the store has taken those at work")
            }
            return !isHeld
        }
    }

    private func waitUntil(_ isSo: () -> Bool) {
        while !setup.mailbox.isStopping, !isSo() {
            AMQPConnection.poll(-1, setup.mailbox.wakeup, .milliseconds(20))
        }
    }

    /// All that was not acknowledged went back. As many are asked for the next time as before: a quorum queue keeps the order of
    /// what came back only where one consumer gets all of it at once.
    private func giveBack(_ end: ConsumerSession.End) {
        setup.events.withdrawDeliveries()
        setup.logger.notice(
            end == .stalled
                ? "more waits than may be taken in; all deliveries are given back, and none taken until those at work are done"
                : "the store takes nothing; all deliveries are given back, and none taken until it does")
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

    /// Waits before the next try; less when told to stop.
    private func rest() {
        let clock = ContinuousClock()
        let until = clock.now + backoff.wait()
        while !setup.mailbox.isStopping, clock.now < until {
            AMQPConnection.poll(-1, setup.mailbox.wakeup, clock.now.duration(to: until))
        }
    }
}
