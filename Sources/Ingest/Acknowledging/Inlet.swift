internal import Contracts

/// A source of a route, and the acknowledgement of its deliveries.
struct Inlet: Sendable {
    /// The source's number in its route, which its deliveries carry.
    let number: Int
    let source: any Source
    let acks = AckTracker()

    /// Acknowledges all deliveries up to the first one that is not settled. From any thread; never blocks.
    func settled(_ tag: DeliveryTag) {
        if let highest = acks.settled(tag) { source.acknowledge(upTo: highest) }
    }
}
