/// Where deliveries come from: one queue of a broker, consumed with manual acknowledgement.
///
/// The pipeline is the only caller. One `for await` over ``events`` at a time.
package protocol Source: Sendable {
    /// What happens, in order. Ends after ``stop()`` once no further delivery can come, or when the source gave up.
    /// Bounded by the prefetch count: the broker hands out no more before something is acknowledged.
    var events: AsyncStream<SourceEvent> { get }

    /// Acknowledges this delivery and all before it on its channel (`multiple`). Never blocks, from any thread; a tag of
    /// a channel that is gone is dropped, since the broker delivers those messages again.
    func acknowledge(upTo tag: DeliveryTag)

    /// Whether the deliveries of this channel are still ours, as far as is known here and now. False once it has ended: the
    /// broker gives them out again, perhaps to another gateway. True for a channel that is not of this source.
    func isOpen(_ channel: UInt64) -> Bool

    /// The same, as the broker says after this was asked: while a process was paused, or cut off, a channel ends without its
    /// knowledge. Waits for the answer; false when the task is cancelled.
    func confirmOpen(_ channel: UInt64) async -> Bool

    /// Gives all deliveries that are not acknowledged back, and takes others only once the pipeline holds none of the old
    /// ones any more. Never blocks.
    func giveBack()

    /// Tells that so many deliveries of a channel, that is open or not, have left the pipeline: settled, or dropped. Less
    /// than none where a delivery is more than one message. Never blocks, from any thread.
    func passed(_ count: Int, of channel: UInt64)

    /// Takes no further deliveries; those handed out may still be acknowledged until ``close()``.
    func stop()

    /// Sends the acknowledgements given so far and closes the connection in good order. At most about two seconds.
    func close() async
}

/// A source whose deliveries are its own for as long as it lives.
extension Source {
    package func isOpen(_ channel: UInt64) -> Bool { true }
    package func confirmOpen(_ channel: UInt64) async -> Bool { true }
    package func giveBack() {}
    package func passed(_ count: Int, of channel: UInt64) {}
}

package enum SourceEvent: Sendable {
    /// Connected and consuming.
    case up
    /// One or more deliveries, in order.
    case deliveries([Delivery])
    /// Connection or channel lost; the source connects again by itself, with back-off, for ever. All unacknowledged
    /// deliveries will come again.
    case down(reason: String)
}
