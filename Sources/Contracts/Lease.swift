internal import BSON

/// The right to do what only one gateway at a time may do, such as publishing a feed. A row in `gateway.feeds` holds it.
package struct Lease: Sendable {
    package let name: String
    /// The holder's unique id.
    package let holder: String
    /// Fencing token: increases with every new holder. Writes under the lease apply only while it matches the row's.
    package let token: Int64
    /// Until when it is certainly ours, by the local monotonic clock.
    package let until: ContinuousClock.Instant
    /// The row as BSON, as last taken, renewed or read.
    package let row: [UInt8]

    package init(name: String, holder: String, token: Int64, until: ContinuousClock.Instant, row: [UInt8]) {
        self.name = name
        self.holder = holder
        self.token = token
        self.until = until
        self.row = row
    }
}

package enum LeaseTaking: Sendable {
    case taken(Lease)
    /// Held by another; its description.
    case held(by: String)
}

/// Stores leases. Expiry is decided by the server's clock. Allows concurrent calls.
package protocol LeaseStore: Sendable {
    /// Takes the lease if it is free or expired.
    func take(_ name: String) async throws(StoreError) -> LeaseTaking

    /// Renews it. Nil: it is no longer ours.
    func renew(_ lease: Lease) async throws(StoreError) -> Lease?

    /// Reads the row without renewing. Nil: it is no longer ours.
    func look(at lease: Lease) async throws(StoreError) -> Lease?

    /// The row of a shared name: it has no holder, and its token stays 0.
    func share(_ name: String) async throws(StoreError) -> Lease

    /// Releases it, so that another can take it at once. Failures are ignored: it expires.
    func release(_ lease: Lease) async
}
