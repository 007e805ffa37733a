/// The right to do what only one gateway at a time may do, such as publishing a feed. A row in `gateway.feeds` holds it.
package struct Lease: Sendable {
    package let name: String
    /// Who holds it: unique among all that ever try.
    package let holder: String
    /// Grows with every change of the holder: what is written in the lease's name is written only while it is the row's.
    package let token: Int64
    /// How long it is ours for certain, by this process's own clock.
    package let until: ContinuousClock.Instant
    /// The row, as BSON, as it was when the lease was taken, renewed or looked at.
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
    /// Somebody else has it; who, in words for a person.
    case held(by: String)
}

/// Where leases are kept. The server's clock decides when one has expired. Any calls at the same time.
package protocol LeaseStore: Sendable {
    /// Takes the lease if nobody holds it, or its time is over.
    func take(_ name: String) async throws(StoreError) -> LeaseTaking

    /// Prolongs it. Nil: it is not ours any more.
    func renew(_ lease: Lease) async throws(StoreError) -> Lease?

    /// Reads the row, and leaves the time as it is. Nil: it is not ours any more.
    func look(at lease: Lease) async throws(StoreError) -> Lease?

    /// The row of a name that several share, as it is now: nobody holds it, and its token stays 0.
    func share(_ name: String) async throws(StoreError) -> Lease

    /// Gives it up, so that another one may have it at once. What fails does not matter: it expires.
    func release(_ lease: Lease) async
}
