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

    /// Takes no further deliveries; those handed out may still be acknowledged until ``close()``.
    func stop()

    /// Sends the acknowledgements given so far and closes the connection in good order. At most about two seconds.
    func close() async
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
