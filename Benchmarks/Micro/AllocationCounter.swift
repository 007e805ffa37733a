#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads the counter of `allocations.c`, where that library was preloaded.
enum AllocationCounter {
    private static let function: (@convention(c) () -> Int)? = dlsym(nil, "benchmark_allocation_count").map {
        unsafeBitCast($0, to: (@convention(c) () -> Int).self)
    }

    static func count() -> Int? { function?() }
}
