internal import Synchronization

/// Counts tokens that were wrong, by address: after ``most`` within ``window`` an address waits for the rest of it, whatever
/// it sends. From any thread.
final class FailureLimit: Sendable {
    static let most = 5
    static let window = Duration.seconds(60)
    /// Addresses that are remembered; beyond it the oldest is forgotten.
    static let mostAddresses = 10_000

    private struct Failures {
        var count = 0
        var since: ContinuousClock.Instant
    }

    private let failures = Mutex<[String: Failures]>([:])

    /// How long this address has to wait; nil where it need not.
    func wait(_ address: String, now: ContinuousClock.Instant) -> Duration? {
        failures.withLock { failures in
            guard let own = failures[address], own.count >= Self.most else { return nil }
            let left = Self.window - own.since.duration(to: now)
            return left > .zero ? left : nil
        }
    }

    func note(_ address: String, now: ContinuousClock.Instant) {
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
