/// The collections that are the gateway's own.
package enum GatewayCollection {
    /// Which messages were applied; rows go after ``MongoSettings/ledgerLifetime``.
    package static let ledger = "gateway.ledger"
    package static let deadLetters = "gateway.deadLetters"
    /// Progress and leases of feeds.
    package static let feeds = "gateway.feeds"
    /// Failed and pending postings.
    package static let postings = "gateway.postings"
    /// The heartbeats of running gateways and the ids of their sessions.
    package static let instances = "gateway.instances"

    package static let all = [ledger, deadLetters, feeds, postings, instances]
}
