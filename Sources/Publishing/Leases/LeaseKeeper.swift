package import Contracts

/// Takes a lease, renews it while something is done in its name, and gives it up in the end; again and again.
///
/// A lease lives for five seconds (the store's affair). It is renewed every one and a half, and the row is read in between,
/// so that what others write into it is noticed within a second.
package struct LeaseKeeper<Leases: LeaseStore>: Sendable {
    /// Between two looks at the row, every other one of which renews it.
    package static var beat: Duration { .milliseconds(750) }
    /// Between two tries to take it over from another gateway.
    package static var patience: Duration { .seconds(1) }

    private let name: String
    private let leases: Leases
    private let environment: GatewayEnvironment
    private let isHeldElsewhere: @Sendable (String) -> Void

    /// `isHeldElsewhere` is called with the holder when the lease cannot be had, and with the reason when the store is
    /// unavailable.
    package init(
        _ name: String, of leases: Leases, environment: GatewayEnvironment,
        isHeldElsewhere: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.name = name
        self.leases = leases
        self.environment = environment
        self.isHeldElsewhere = isHeldElsewhere
    }

    /// Runs `body` whenever the lease is ours, until the task is cancelled. `body` is cancelled when the lease is lost; it may
    /// also return by itself, and is then run again after a pause.
    package func run(_ body: @escaping @Sendable (HeldLease) async -> Void) async {
        while !Task.isCancelled {
            do throws(StoreError) {
                switch try await leases.take(name) {
                case .taken(let lease): await hold(HeldLease(lease, uptime: environment.uptime), body)
                case .held(let holder): isHeldElsewhere(holder)
                }
            } catch {
                isHeldElsewhere("nobody knows: \(error.message)")
            }
            try? await environment.sleep(Self.patience)
        }
    }

    private func hold(_ held: HeldLease, _ body: @escaping @Sendable (HeldLease) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await body(held) }
            group.addTask { await renew(held) }
            await group.next()
            group.cancelAll()
        }
        guard held.isValid else { return }
        // Also where this task is cancelled: the other gateways shall not have to wait.
        await environment.uncancelled { [leases] in await leases.release(held.lease) }
    }

    /// Until the lease is lost.
    private func renew(_ held: HeldLease) async {
        var mustRenew = false
        while (try? await environment.sleep(Self.beat)) != nil {
            do throws(StoreError) {
                let next = mustRenew ? try await leases.renew(held.lease) : try await leases.look(at: held.lease)
                guard let next else { break }
                held.update(next)
                mustRenew.toggle()
            } catch {
                // As long as it is ours for certain it may be tried again.
                mustRenew = true
                guard held.isValid else { break }
            }
        }
        if !Task.isCancelled { held.lose() }
    }
}
