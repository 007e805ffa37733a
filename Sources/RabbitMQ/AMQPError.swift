/// Why something that was asked of the broker did not happen.
package struct AMQPError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The URI or a part of it cannot be right. Nothing was tried.
        case invalidAddress
        /// Something that AMQP or the broker cannot carry (a name or property too long). Nothing was sent.
        case unsendable
        /// No connection: wrong host or port, the broker is down, the network is cut.
        case unreachable
        /// The TLS handshake failed or the certificate is not to be trusted.
        case tls
        /// The broker did not answer in time.
        case timedOut
        /// An open connection ended, or its heartbeat stopped.
        case connectionLost
        /// The other side does not speak AMQP 0-9-1, or broke its rules.
        case protocolViolation
        /// User, password or permission.
        case accessRefused
        /// No such queue or exchange.
        case notFound
        /// No such virtual host, or none for this user.
        case notAllowed
        /// Another connection holds it exclusively.
        case locked
        /// It exists, with other properties; or a limit of the broker is exceeded.
        case preconditionFailed
        /// The broker closed the connection or channel, or cancelled the consumer, for another reason.
        case closedByBroker
        /// Out of memory or file descriptors, or misuse of the library.
        case local
    }

    package let code: Code
    /// The AMQP reply code (403, 404, …); where there was none, the library's status (negative); else 0.
    package let number: Int
    /// What failed and what to do about it. No password, no message content.
    package let message: String

    package init(_ code: Code, number: Int = 0, _ message: String) {
        self.code = code
        self.number = number
        self.message = message
    }

    package var description: String { message }

    /// Whether the same call may succeed later with nothing changed here: someone starts the broker, creates the queue,
    /// corrects the password.
    package var isWorthRetrying: Bool {
        switch code {
        case .invalidAddress, .unsendable: false
        case .unreachable, .tls, .timedOut, .connectionLost, .protocolViolation, .accessRefused, .notFound, .notAllowed,
            .locked, .preconditionFailed, .closedByBroker, .local:
            true
        }
    }
}
