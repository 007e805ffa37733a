internal import Synchronization

/// Tells the courier that postings may have been noted. From any thread.
final class PostingBell: Sendable {
    /// Between two looks without a ring: other gateways note postings too.
    private static let interval = Duration.milliseconds(500)

    private let listener = Mutex<AsyncStream<Void>.Continuation?>(nil)

    func ring() { listener.withLock { _ = $0?.yield() } }

    /// Lends what rings at each ``ring()``, several at once maybe as one, and twice a second in any case. One at a time.
    func listening(_ body: (AsyncStream<Void>) async -> Void) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listener.withLock { $0 = continuation }
        let ticking = Task {
            while (try? await Task.sleep(for: Self.interval)) != nil { continuation.yield() }
        }
        await body(stream)
        ticking.cancel()
        continuation.finish()
    }
}
