internal import Crypto
internal import Synchronization

/// The versions of documents that were published not long ago, so that a stretch that is read again is not published again.
/// From any thread.
///
/// Bounded: of more than a million, the oldest are forgotten. They are then published again, under the same message-id.
final class FeedMemory: Sendable {
    /// A document by its content.
    struct Version: Hashable, Sendable {
        private let high: UInt64
        private let low: UInt64

        init(_ document: UnsafeRawBufferPointer) {
            let digest = SHA256.hash(data: document)
            (high, low) = digest.withUnsafeBytes {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
        }
    }

    private static let generation = 500_000
    private let state = Mutex((young: Set<Version>(), old: Set<Version>()))

    func contains(_ version: Version) -> Bool {
        state.withLock { $0.young.contains(version) || $0.old.contains(version) }
    }

    func remember(_ versions: some Sequence<Version>) {
        state.withLock { state in
            for version in versions { state.young.insert(version) }
            if state.young.count >= Self.generation {
                state.old = state.young
                state.young = []
            }
        }
    }

    func forget() { state.withLock { $0 = ([], []) } }
}
