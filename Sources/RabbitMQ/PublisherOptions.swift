package import Contracts

/// Configuration of a ``PublisherConnection``.
package struct PublisherOptions: Sendable {
    /// Heartbeat interval in seconds; the broker may lower it.
    package var heartbeat = 30
    package var backoff = Backoff(least: .milliseconds(200))
    /// For the connection, and again for the login and each request.
    package var timeout = Duration.seconds(5)
    /// How long a call waits for a connection before its postings are returned as not sent. Time in which the broker
    /// blocks an open connection does not count.
    package var givesUpAfter = Duration.seconds(30)
    /// The same until the first connection; nil: no difference. For callers that need to know soon that the address is
    /// wrong or the broker is down.
    package var givesUpFirstAfter: Duration?
    /// Maximum number of unconfirmed postings.
    package var windowCount = 1000
    /// Maximum bytes of unconfirmed postings; a single larger posting is sent alone.
    package var windowBytes = 16 << 20
    /// Maximum number of waiting calls; further ones return at once, as not sent.
    package var waitingCalls = 1024
    /// Maximum size of a body: for a larger one the broker would close the channel with all postings in flight.
    package var largestBody = 128 << 20
    /// A write that makes no progress for this long ends the connection.
    package var stuckWriteLimit = Duration.seconds(30)
    /// Maximum time without a confirm, while some are due and the broker does not block: a quorum queue without its
    /// majority confirms nothing and reports nothing.
    package var confirmLimit = Duration.seconds(60)
    /// By exchange: what must be at the broker before anything is published to it. Ensured on each connection, and again
    /// after a posting was returned. As long as it fails, postings to the exchange are returned with the reason.
    package var topology: [String: [TopologyItem]] = [:]
    package var connectionName = "\(ClientIdentity.product): publisher"
    package var productVersion = "1"

    /// Called when postings were written to the socket, on the publisher's thread.
    package var reached: @Sendable (FaultPoint) -> Void = { _ in }

    package init() {}
}
