internal import Crypto
internal import Records
internal import Synchronization

/// The version of each document that was published last, so that what is read again is not published again. From any thread.
///
/// Bounded: of more than a million documents, the oldest are forgotten. They are then published again, under the same
/// message-id.
final class FeedMemory: Sendable {
    /// A document by its content.
    struct Version: Hashable, Sendable {
        /// Tells documents apart, mostly: where two have one, each makes the other forgotten, and no more.
        fileprivate let place: Int
        private let high: UInt64
        private let low: UInt64

        init(_ document: UnsafeRawBufferPointer, id: BSONValue) {
            place = id.hashValue
            let digest = SHA256.hash(data: document)
            (high, low) = digest.withUnsafeBytes {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
        }
    }

    private static let generation = 500_000
    private let state = Mutex((young: [Int: Version](), old: [Int: Version]()))

    /// Whether it is this version that was published last of its document: one that came back to what it was is news.
    func contains(_ version: Version) -> Bool {
        state.withLock { ($0.young[version.place] ?? $0.old[version.place]) == version }
    }

    func remember(_ versions: some Sequence<Version>) {
        state.withLock { state in
            for version in versions { state.young[version.place] = version }
            if state.young.count >= Self.generation {
                state.old = state.young
                state.young = [:]
            }
        }
    }

    func forget() { state.withLock { $0 = ([:], [:]) } }
}
