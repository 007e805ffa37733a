internal import Synchronization

/// Limits failed logins by address: after ``most`` failures within ``window`` the address is locked out for the rest of
/// the window. Thread-safe.
package final class FailureLimit: Sendable {
    package static let most = 5
    package static let window = Duration.seconds(60)
    /// Maximum number of addresses; the oldest is dropped.
    static let mostAddresses = 10_000

    private struct Failures {
        var count = 0
        var since: ContinuousClock.Instant
    }

    private let failures = Mutex<[String: Failures]>([:])

    package init() {}

    /// Remaining lockout; nil if none.
    package func wait(_ address: String, now: ContinuousClock.Instant) -> Duration? {
        failures.withLock { failures in
            guard let own = failures[address], own.count >= Self.most else { return nil }
            let left = Self.window - own.since.duration(to: now)
            return left > .zero ? left : nil
        }
    }

    package func note(_ address: String, now: ContinuousClock.Instant) {
        failures.withLock { failures in
            var own = failures[address] ?? Failures(since: now)
            if own.since.duration(to: now) >= Self.window { own = Failures(since: now) }
            own.count += 1
            failures[address] = own
            guard failures.count > Self.mostAddresses else { return }
            failures = failures.filter { $0.value.since.duration(to: now) < Self.window }
            if failures.count > Self.mostAddresses, let oldest = failures.min(by: { $0.value.since < $1.value.since }) {
                failures[oldest.key] = nil
            }
        }
    }
}
