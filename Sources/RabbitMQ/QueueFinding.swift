internal import Logging
internal import Pipeline

/// Looks for a consumer's queue, and makes it or compares it, as its policy says. On the consumer's thread.
struct QueueFinding {
    private let setup: ConsumerSetup
    private let connection: AMQPConnection
    /// One that nothing else uses, because a miss closes it.
    private let channel: UInt16

    init(_ setup: ConsumerSetup, _ connection: AMQPConnection, channel: UInt16) {
        self.setup = setup
        self.connection = connection
        self.channel = channel
    }

    func find() throws(AMQPError) {
        try connection.openChannel(channel)
        switch setup.options.queuePolicy {
        case .passive: _ = try look()
        case .declareIfMissing: if try !look(orMiss: true) { try make(QueueProperties()) }
        case .assert(let properties):
            _ = try look()
            // The broker compares what it has with what is declared; it can only do so by a declaration that would make it.
            try declare(properties)
        case .declare(let properties):
            if try look(orMiss: true) { try declare(properties) } else { try make(properties) }
        }
        try connection.closeChannel(channel)
    }

    /// False where there is none, and that may be; the channel is open again.
    private func look(orMiss mayMiss: Bool = false) throws(AMQPError) -> Bool {
        do throws(AMQPError) {
            _ = try connection.declareQueue(setup.queue, on: channel, isPassive: true)
            return true
        } catch  where error.code == .notFound && connection.isOpen {
            guard mayMiss else {
                throw AMQPError(
                    error.code, number: error.number, "\(error.message); it is waited for until someone makes it")
            }
            try connection.openChannel(channel)
            return false
        }
    }

    private func make(_ properties: QueueProperties) throws(AMQPError) {
        try declare(properties)
        setup.logger.notice("declared the queue, which was missing")
    }

    private func declare(_ properties: QueueProperties) throws(AMQPError) {
        do throws(AMQPError) {
            _ = try connection.declareQueue(
                setup.queue, on: channel, isPassive: false, isDurable: properties.isDurable,
                arguments: properties.arguments)
        } catch  where error.code == .preconditionFailed {
            throw AMQPError(
                error.code, number: error.number,
                "\(error.message); the mapping declares the queue '\(setup.queue)' otherwise than the broker has or takes it:"
                    + " write in 'declare:' what it is like, say 'policy: passive' to take it as it is, or delete the queue once"
                    + " it is empty, so that it is made anew")
        }
    }
}
