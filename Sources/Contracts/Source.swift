/// A source of deliveries with manual acknowledgement, such as a broker's queue.
///
/// Called only by the pipeline. One `for await` over ``events`` at a time.
package protocol Source: Sendable {
    /// Events in order. Ends after ``stop()`` once no further delivery can come, or when the source gave up. Bounded by
    /// the prefetch (backpressure).
    var events: AsyncStream<SourceEvent> { get }

    /// Acknowledges this delivery and all earlier ones of its channel (`multiple`). Thread-safe; never blocks. Tags of
    /// a closed channel are ignored, since the broker redelivers those messages.
    func acknowledge(upTo tag: DeliveryTag)

    /// Whether the deliveries of this channel are still ours, as far as is known here and now. False once it has ended: the
    /// broker gives them out again, perhaps to another gateway.
    func isOpen(_ channel: UInt64) -> Bool

    /// As above, confirmed by the broker: a channel may have ended unnoticed while the process was paused or cut off.
    /// Waits for the answer; false if the task is cancelled.
    func confirmOpen(_ channel: UInt64) async -> Bool

    /// Returns all unacknowledged deliveries to the broker, and resumes once the pipeline holds none of them. Never
    /// blocks.
    func giveBack()

    /// Reports that the pipeline has taken a delivery: it may be settled from now on. Thread-safe; never blocks.
    func admitted(_ tag: DeliveryTag)

    /// Reports that `count` deliveries of a channel, open or not, have left the pipeline: settled or dropped. Negative
    /// if a delivery becomes more than one message. Thread-safe; never blocks.
    func passed(_ count: Int, of channel: UInt64)

    /// Tells the sender of a delivery what came of it, once that is durable. Only for deliveries with a
    /// ``Delivery/request``. Thread-safe; never blocks.
    func answer(_ answer: RequestAnswer, to tag: DeliveryTag)

    /// Takes no further deliveries; earlier ones may still be acknowledged until ``close()``.
    func stop()

    /// Sends pending acknowledgements and closes the connection gracefully, within about two seconds.
    func close() async
}

/// Defaults for a source whose deliveries stay its own for its lifetime.
extension Source {
    package func isOpen(_ channel: UInt64) -> Bool { true }
    package func confirmOpen(_ channel: UInt64) async -> Bool { true }
    package func giveBack() {}
    package func admitted(_ tag: DeliveryTag) {}
    package func passed(_ count: Int, of channel: UInt64) {}
    package func answer(_ answer: RequestAnswer, to tag: DeliveryTag) {}
}

package enum SourceEvent: Sendable {
    /// Connected and consuming.
    case up
    /// One or more deliveries, in order.
    case deliveries([Delivery])
    /// Connection or channel lost; the source reconnects forever, with backoff. All unacknowledged deliveries will be
    /// redelivered.
    case down(reason: String)
}
