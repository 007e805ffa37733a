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
    private var window: PrefetchWindow
    /// The last reason told; the same one again is no news.
    private var reason: String?

    init(_ setup: ConsumerSetup) {
        self.setup = setup
        backoff = setup.options.backoff
        window = PrefetchWindow(most: setup.prefetch)
    }

    func run() {
        defer { setup.events.finish() }
        while !setup.mailbox.isStopping {
            var session: ConsumerSession?
            do throws(AMQPError) {
                let opened = try ConsumerSession(setup, window)
                session = opened
                tellUp()
                let end = try opened.run()
                if end == .closed { return setup.health.set(.idle, "closed") }
                session = nil
                change(end)
                continue
            } catch {
                // A session that lasted, or did some work, was a good one.
                if session?.hasProvenItself == true { backoff.reset() }
                session = nil
                tellDown(error)
            }
            setup.events.withdrawDeliveries()
            rest()
        }
        setup.health.set(.idle, "stopped")
    }

    /// The consumer asks for another number of deliveries: that takes a new channel, and so all comes again.
    private func change(_ end: ConsumerSession.End) {
        let withdrawn = setup.events.withdrawDeliveries()
        if end == .stalled { window.shrink(to: withdrawn) } else { window.grow() }
        setup.logger.notice(
            end == .stalled
                ? "too much waits for the store; fewer deliveries are asked for, and given back"
                : "as many deliveries as before are asked for",
            metadata: ["prefetch": "\(window.current)"])
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
