package import JSON

/// A feed: which documents are published, in which form, when and where. Compiled and immutable.
package struct FeedMapping: Sendable, Equatable {
    package enum Progress: Sendable, Equatable {
        case field(String, overlapMilliseconds: Int64)
        case flag(String)
        case snapshot
    }

    /// Name of the `gateway.feeds` row that is the lease for publishing route postings. Reserved: no feed may have this
    /// name.
    package static let leaseOfPostings = "postings"

    package var name: String
    /// What it is for, in the words of its author.
    package var description: String?
    package var file: String
    /// Position of the collection's name.
    package var position: TextPosition
    package var collection: String
    /// MongoDB query as BSON.
    package var filter: [UInt8]
    package var order: String?
    package var progress: Progress
    package var version: String?
    package var schedules: [Schedule]
    package var watches: Bool
    package var batch: Int
    package var jitterMilliseconds: Int64
    package var tellsEmptyRuns: Bool
    package var isShared: Bool
    /// Whether the gateway itself is published too, as a console.
    package var addsConsole: Bool
    package var document: DocumentShape
    package var target: PostingShape
    /// The feed's source text. Equal texts mean equal feeds.
    package var source: String

    /// Next scheduled run after this moment, both in milliseconds since 1970; nil if only changes trigger the feed.
    package func nextRun(after milliseconds: Int64) -> Int64? {
        guard let due = schedules.map({ $0.next(after: milliseconds) }).min() else { return nil }
        guard jitterMilliseconds > 0 else { return due }
        // Derived from name and time, so that every gateway computes the same.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bitPattern: due)
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return due + Int64((hash ^ hash >> 32) % UInt64(jitterMilliseconds))
    }

    package static func == (a: FeedMapping, b: FeedMapping) -> Bool {
        a.name == b.name && a.file == b.file && a.position == b.position && a.source == b.source
    }
}
