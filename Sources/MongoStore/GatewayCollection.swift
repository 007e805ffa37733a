internal import Pipeline

/// The collections that are the gateway's own, beyond those that the pipeline's plans write (``StoreNames``).
package enum GatewayCollection {
    /// Progress and leases of feeds.
    package static let feeds = "gateway.feeds"
    /// The heartbeats of running gateways and the ids of their sessions.
    package static let instances = "gateway.instances"

    static let all = [
        StoreNames.ledger, StoreNames.deadLetters, StoreNames.deadLetterParts, StoreNames.postings, StoreNames.audit,
        feeds, instances,
    ]
}
