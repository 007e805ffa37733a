/// Checks, creates or compares what must be at the broker. On the connection's thread.
struct TopologyFinding {
    let connection: AMQPConnection
    /// A dedicated channel, since a miss closes it.
    let channel: UInt16

    /// Returns whether the item was created; false for a binding, of which the broker does not say.
    func ensure(_ item: TopologyItem) throws(AMQPError) -> Bool {
        try connection.openChannel(channel)
        let isNew: Bool
        do throws(AMQPError) {
            isNew =
                switch item {
                case .exchange(let name, let policy): try exchange(name, policy)
                case .queue(let name, let policy): try queue(name, policy)
                case .binding(let binding): try bind(binding)
                }
        } catch  where error.code == .unsendable {
            // Nothing was sent, so the channel is still open.
            try connection.closeChannel(channel)
            throw error
        }
        try connection.closeChannel(channel)
        return isNew
    }

    // MARK: Queues

    private func queue(_ name: String, _ policy: QueuePolicy) throws(AMQPError) -> Bool {
        func declare(_ properties: QueueProperties) throws(AMQPError) {
            try compare("queue", name) { () throws(AMQPError) in
                _ = try connection.declareQueue(
                    name, on: channel, isPassive: false, isDurable: properties.isDurable,
                    arguments: properties.arguments)
            }
        }
        let look = { () throws(AMQPError) in
            _ = try connection.declareQueue(name, on: channel, isPassive: true)
        }
        switch policy {
        case .passive:
            _ = try find(look)
            return false
        case .declareIfMissing:
            let isNew = try !find(orMiss: true, look)
            if isNew { try declare(QueueProperties()) }
            return isNew
        case .assert(let properties):
            _ = try find(look)
            // The broker compares properties only in a declaration that would create the queue.
            try declare(properties)
            return false
        case .declare(let properties):
            let isNew = try !find(orMiss: true, look)
            try declare(properties)
            return isNew
        }
    }

    // MARK: Exchanges

    private func exchange(_ name: String, _ policy: ExchangePolicy) throws(AMQPError) -> Bool {
        func declare(_ properties: ExchangeProperties) throws(AMQPError) {
            try compare("exchange", name) { () throws(AMQPError) in
                try connection.declareExchange(name, properties, on: channel)
            }
        }
        let look = { () throws(AMQPError) in try connection.lookForExchange(name, on: channel) }
        switch policy {
        case .passive:
            _ = try find(look)
            return false
        case .assert(let properties):
            _ = try find(look)
            try declare(properties)
            return false
        case .declare(let properties):
            let isNew = try !find(orMiss: true, look)
            try declare(properties)
            return isNew
        }
    }

    // MARK: Bindings

    /// Binding again changes nothing.
    private func bind(_ binding: QueueBinding) throws(AMQPError) -> Bool {
        do throws(AMQPError) {
            try connection.bindQueue(binding, on: channel)
        } catch  where error.code == .notFound {
            throw AMQPError(
                error.code, number: error.number,
                "\(error.message); the queue '\(binding.queue)' waits to be bound to the exchange '\(binding.exchange)'"
                    + " until both exist: create what is missing, or name it in 'declare:'")
        } catch  where error.code == .accessRefused {
            throw AMQPError(
                error.code, number: error.number,
                "\(error.message): to bind needs 'write' on the queue '\(binding.queue)' and 'read' on the exchange"
                    + " '\(binding.exchange)'")
        }
        return false
    }

    // MARK: Shared

    /// False if the thing is missing and may be; the channel is reopened.
    private func find(
        orMiss mayMiss: Bool = false, _ look: () throws(AMQPError) -> Void
    ) throws(AMQPError) -> Bool {
        do throws(AMQPError) {
            try look()
            return true
        } catch  where error.code == .notFound && connection.isOpen {
            guard mayMiss else {
                throw AMQPError(error.code, number: error.number, "\(error.message); waiting until it is created")
            }
            try connection.openChannel(channel)
            return false
        }
    }

    private func compare(
        _ kind: String, _ name: String, _ declare: () throws(AMQPError) -> Void
    ) throws(AMQPError) {
        do throws(AMQPError) {
            try declare()
        } catch  where error.code == .preconditionFailed {
            let delete = kind == "queue" ? "delete the queue once it is empty" : "delete the exchange"
            throw AMQPError(
                error.code, number: error.number,
                "\(error.message); the mapping's declaration of the \(kind) '\(name)' differs from the broker's \(kind):"
                    + " correct 'declare:', write 'policy: passive' to use the \(kind) as it is, or \(delete), so that it"
                    + " is created again")
        } catch  where error.code == .accessRefused {
            throw AMQPError(
                error.code, number: error.number,
                "\(error.message): to declare the \(kind) '\(name)' needs 'configure' on it; or write 'policy: passive'"
                    + " to use it as it is")
        }
    }
}

extension AMQPError {
    /// Whether the broker refuses one exchange, queue or binding, rather than the connection.
    package var isRefusal: Bool {
        switch code {
        case .notFound, .preconditionFailed, .accessRefused, .locked, .unsendable: true
        default: false
        }
    }
}
