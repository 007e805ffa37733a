internal import Glibc
internal import BSON

/// The machine's clock: what the gateway gives a ``GatewayEnvironment``, and what people read in logs and answers.
package enum WallClock {
    /// Milliseconds since 1970.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// `milliseconds` since 1970 as `2026-11-24T11:51:01.637Z`.
    package static func text(milliseconds: Int64) -> String { Instant.text(milliseconds: milliseconds) }
}
