internal import Crypto
internal import BSON
internal import Synchronization

/// Remembers the last published version of each document, so that documents read again are not published again.
/// Thread-safe.
///
/// Bounded to a million documents; the oldest are forgotten, and then published again with the same message-id.
final class FeedMemory: Sendable {
    /// A version of a document, by hash.
    struct Version: Hashable, Sendable {
        /// Slot of the document. A collision only makes one document forget the other.
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

    /// Whether this is the version published last: a document that returns to an earlier version is published again.
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
