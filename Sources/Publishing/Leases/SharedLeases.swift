internal import Contracts

/// Leases that everybody gets: for work that several do together, who only need to see the row and the orders in it.
struct SharedLeases<Base: LeaseStore>: LeaseStore {
    let base: Base

    func take(_ name: String) async throws(StoreError) -> LeaseTaking { .taken(try await base.share(name)) }
    func renew(_ lease: Lease) async throws(StoreError) -> Lease? { try await base.share(lease.name) }
    func look(at lease: Lease) async throws(StoreError) -> Lease? { try await base.share(lease.name) }
    func share(_ name: String) async throws(StoreError) -> Lease { try await base.share(name) }
    func release(_ lease: Lease) async {}
}
