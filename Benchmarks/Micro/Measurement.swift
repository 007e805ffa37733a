#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How long a piece of work takes on one core: processor time of the calling thread, so that whatever else the machine
/// does is not counted.
struct Measurement {
    /// Median over the rounds, for the whole piece of work.
    let seconds: Double
    /// Calls of malloc and its like during one round; nil where nobody counts them.
    let allocations: Int?

    /// Runs `work` until `warmUp` seconds are gone, then times it again and again for `duration` seconds, 9 times at
    /// least.
    static func of(warmUp: Double = 0.3, duration: Double = 1.5, _ work: () -> Void) -> Measurement {
        let warm = now() + warmUp
        repeat { work() } while now() < warm

        var rounds: [Double] = []
        let end = now() + duration
        while rounds.count < 9 || now() < end {
            let start = now()
            work()
            rounds.append(now() - start)
        }
        rounds.sort()

        let before = AllocationCounter.count()
        work()
        let after = AllocationCounter.count()
        return Measurement(seconds: rounds[rounds.count / 2], allocations: before.flatMap { b in after.map { $0 - b } })
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
