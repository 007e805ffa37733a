package import Pipeline

/// How a ``PublisherConnection`` behaves.
package struct PublisherOptions: Sendable {
    /// Seconds between heartbeats; the broker may ask for fewer.
    package var heartbeat = 30
    package var backoff = Backoff()
    /// For the connection, and again for the login and each request.
    package var timeout = Duration.seconds(5)
    /// How long a call waits for a connection before its postings come back as not sent. Time in which the broker blocks
    /// an open connection does not count.
    package var givesUpAfter = Duration.seconds(30)
    /// The same as long as there has never been a connection; nil: no other time. For those who want to know soon that the
    /// address is wrong or the broker is down.
    package var givesUpFirstAfter: Duration?
    /// Most postings that are sent and not yet confirmed.
    package var windowCount = 1000
    /// Most bytes of them; a single larger posting still goes, alone.
    package var windowBytes = 16 << 20
    /// How many calls may wait at a time; the next one comes back at once, as not sent.
    package var waitingCalls = 1024
    /// A larger body is refused here: the broker would answer by closing the channel on all that is under way.
    package var largestBody = 128 << 20
    /// A write that the broker does not take for so long ends the connection.
    package var stuckWriteLimit = Duration.seconds(30)
    /// So long without any confirm, while some are due and the broker does not block, ends the connection: a quorum queue
    /// without its majority confirms nothing and says nothing.
    package var confirmLimit = Duration.seconds(60)
    package var connectionName = "\(ClientIdentity.product): publisher"
    package var productVersion = "1"

    /// Is told when postings were given to the socket, on the publisher's thread.
    package var reached: @Sendable (Checkpoint) -> Void = { _ in }

    package init() {}
}
