internal import Glibc
internal import Synchronization

/// Whether the store can be reached, for banner and health page.
package struct StoreHealth: Sendable, Equatable {
    package var isUp: Bool
    /// Since when, in milliseconds since 1970.
    package var since: Int64
    /// Why not, and the remedy; empty while it is up.
    package var detail: String
}

/// The current ``StoreHealth``: written by lanes and heartbeat, read by anyone, from any thread.
final class HealthBoard: Sendable {
    private let state = Mutex(StoreHealth(isUp: false, since: wallClockMilliseconds(), detail: "not connected yet"))

    var current: StoreHealth { state.withLock { $0 } }

    func reportUp() {
        state.withLock { if !$0.isUp { $0 = StoreHealth(isUp: true, since: wallClockMilliseconds(), detail: "") } }
    }

    func reportDown(_ detail: String) {
        state.withLock { health in
            let since = health.isUp ? wallClockMilliseconds() : health.since
            health = StoreHealth(isUp: false, since: since, detail: detail)
        }
    }
}

private func wallClockMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
