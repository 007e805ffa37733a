/// Checks, declares or compares a queue by its policy. On the connection's thread.
struct QueueFinding {
    let queue: String
    let policy: QueuePolicy
    let connection: AMQPConnection
    /// A dedicated channel, since a miss closes it.
    let channel: UInt16

    /// Returns whether the queue was created.
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
            // The broker compares properties only in a declaration that would create the queue.
            try declare(properties)
        case .declare(let properties):
            isNew = try !look(orMiss: true)
            try declare(properties)
        }
        try connection.closeChannel(channel)
        return isNew
    }

    /// False if the queue is missing and may be; the channel is reopened.
    private func look(orMiss mayMiss: Bool = false) throws(AMQPError) -> Bool {
        do throws(AMQPError) {
            _ = try connection.declareQueue(queue, on: channel, isPassive: true)
            return true
        } catch  where error.code == .notFound && connection.isOpen {
            guard mayMiss else {
                throw AMQPError(
                    error.code, number: error.number, "\(error.message); waiting until it is created")
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
                "\(error.message); the mapping's declaration of the queue '\(queue)' differs from the broker's queue:"
                    + " correct 'declare:', write 'policy: passive' to use the queue as it is, or delete the queue once it is"
                    + " empty, so that it is created again")
        }
    }
}
