#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs a deep recursion on a dedicated thread with a large stack. Blocks the caller.
///
/// Values nested hundreds of levels deep are rare, and thread stack sizes differ; this keeps the depth limit
/// independent of them.
enum DeepStack {
    /// Stack size in bytes. Reserved only: pages are committed when touched.
    static let size = 256 << 20

    /// Does not run `body` if the thread cannot be created.
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
