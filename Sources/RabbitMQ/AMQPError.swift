/// Why a broker operation failed.
package struct AMQPError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Invalid URI. Nothing was attempted.
        case invalidAddress
        /// Cannot be encoded in AMQP (a name or property too long). Nothing was sent.
        case unsendable
        /// Cannot connect: wrong host or port, the broker is down, the network is cut.
        case unreachable
        /// The TLS handshake failed, or the certificate is not trusted.
        case tls
        /// The broker did not answer in time.
        case timedOut
        /// An open connection ended, or heartbeats stopped.
        case connectionLost
        /// The peer does not speak AMQP 0-9-1, or violated it.
        case protocolViolation
        /// Wrong user, password or permission.
        case accessRefused
        /// No such queue or exchange.
        case notFound
        /// No such virtual host, or none for this user.
        case notAllowed
        /// Exclusively used by another connection.
        case locked
        /// Exists with other properties, or a broker limit is exceeded.
        case preconditionFailed
        /// The broker closed the connection or channel, or cancelled the consumer, for another reason.
        case closedByBroker
        /// Out of memory or file descriptors, or a misuse of the library.
        case local
    }

    package let code: Code
    /// AMQP reply code (403, 404, …), else the library's status (negative), else 0.
    package let number: Int
    /// What failed and the remedy. Without password and message content.
    package let message: String

    package init(_ code: Code, number: Int = 0, _ message: String) {
        self.code = code
        self.number = number
        self.message = message
    }

    package var description: String { message }
}
