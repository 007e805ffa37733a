internal import CThreadExecutors
internal import Glibc

/// Starts OS threads with an 8 MiB stack, since C libraries may recurse deeply.
package enum ExecutorThread {
    /// Stack size in bytes.
    package static let stackSize = 8 << 20

    /// Starts a detached thread that runs `body` once. `name` is truncated to the kernel's 15 bytes.
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        let argument = Unmanaged.passRetained(Body(name: String(name.utf8.prefix(15)) ?? "lane", run: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { raw in
                guard let raw else { return nil }
                let body = Unmanaged<Body>.fromOpaque(raw).takeRetainedValue()
                promo_thread_set_name(body.name)
                body.run()
                return nil
            }, argument.toOpaque())
        precondition(result == 0, "cannot start a thread (errno \(result)); raise 'ulimit -u' or free memory")
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}
