#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs a piece of recursion on a thread of its own with a large stack, while the caller waits.
///
/// Values of hundreds of levels are rare, and stacks of threads differ; this way neither bounds the other.
enum DeepStack {
    /// Reserved, not used: pages count only once they are touched.
    static let size = 256 << 20

    /// Where no thread can be had, `body` does not run.
    static func run(_ body: () -> Void) {
        withoutActuallyEscaping(body) { escaping in
            var work = escaping
            withUnsafeMutablePointer(to: &work) { pointer in
                var attributes = pthread_attr_t()
                guard pthread_attr_init(&attributes) == 0 else { return }
                defer { pthread_attr_destroy(&attributes) }
                guard pthread_attr_setstacksize(&attributes, size) == 0 else { return }
                #if canImport(Darwin)
                    var thread: pthread_t?
                #else
                    var thread = pthread_t()
                #endif
                let result = pthread_create(
                    &thread, &attributes,
                    { raw in
                        let context: UnsafeMutableRawPointer? = raw
                        context?.assumingMemoryBound(to: (() -> Void).self).pointee()
                        return nil
                    }, pointer)
                guard result == 0 else { return }
                #if canImport(Darwin)
                    if let thread { pthread_join(thread, nil) }
                #else
                    pthread_join(thread, nil)
                #endif
            }
        }
    }
}
