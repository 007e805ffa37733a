internal import Contracts
internal import RabbitMQ

/// What the health of publishing is derived from.
struct PublishingParts: Sendable {
    let publisher: PublisherConnection
    let feeds: @Sendable () -> [FeedStatus]
    let topology: TopologyKeeper
}
