internal import Pipeline

/// Looks for a queue, and makes it or compares it, as a policy says. On the connection's thread.
struct QueueFinding {
    let queue: String
    let policy: QueuePolicy
    let connection: AMQPConnection
    /// One that nothing else uses, because a miss closes it.
    let channel: UInt16

    /// Returns whether the queue had to be made.
    func find() throws(AMQPError) -> Bool {
        try connection.openChannel(channel)
        var isNew = false
        switch policy {
        case .passive: _ = try look()
        case .declareIfMissing:
            isNew = try !look(orMiss: true)
            if isNew { try declare(QueueProperties()) }
        case .assert(let properties):
            _ = try look()
            // The broker compares what it has with what is declared; it can only do so by a declaration that would make it.
            try declare(properties)
        case .declare(let properties):
            isNew = try !look(orMiss: true)
            try declare(properties)
        }
        try connection.closeChannel(channel)
        return isNew
    }

    /// False where there is none, and that may be; the channel is open again.
    private func look(orMiss mayMiss: Bool = false) throws(AMQPError) -> Bool {
        do throws(AMQPError) {
            _ = try connection.declareQueue(queue, on: channel, isPassive: true)
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

    private func declare(_ properties: QueueProperties) throws(AMQPError) {
        do throws(AMQPError) {
            _ = try connection.declareQueue(
                queue, on: channel, isPassive: false, isDurable: properties.isDurable,
                arguments: properties.arguments)
        } catch  where error.code == .preconditionFailed {
            throw AMQPError(
                error.code, number: error.number,
                "\(error.message); the mapping declares the queue '\(queue)' otherwise than the broker has or takes it:"
                    + " write in 'declare:' what it is like, say 'policy: passive' to take it as it is, or delete the queue once"
                    + " it is empty, so that it is made anew")
        }
    }
}
