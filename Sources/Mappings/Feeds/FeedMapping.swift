package import Documents

/// One feed: documents of a collection, what is published of them, when, and where to. Compiled; only runs.
package struct FeedMapping: Sendable, Equatable {
    package enum Progress: Sendable, Equatable {
        case field(String, overlapSeconds: Int64)
        case flag(String)
        case snapshot
    }

    /// The row of `gateway.feeds` that whoever publishes the postings of routes holds: no feed can have this name.
    package static let leaseOfPostings = "postings"

    package var name: String
    package var file: String
    /// Where the collection is named.
    package var position: TextPosition
    package var collection: String
    /// A query of MongoDB, as BSON.
    package var filter: [UInt8]
    package var order: String?
    package var progress: Progress
    package var version: String?
    package var schedules: [Schedule]
    package var watches: Bool
    package var batch: Int
    package var jitterSeconds: Int64
    package var tellsEmptyRuns: Bool
    package var isShared: Bool
    /// Whether the gateway itself is published too, as a console.
    package var addsConsole: Bool
    package var document: DocumentShape
    package var target: PostingShape
    /// All that the feed was made of, as text: the same text is the same feed.
    package var source: String

    /// When it is due next after this moment, both in milliseconds since 1970; nil where only changes set it off.
    package func nextRun(after milliseconds: Int64) -> Int64? {
        guard let due = schedules.map({ $0.next(after: milliseconds) }).min() else { return nil }
        guard jitterSeconds > 0 else { return due }
        // By the name and the time, so that every gateway has the same.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bitPattern: due)
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return due + Int64((hash ^ hash >> 32) % UInt64(jitterSeconds * 1000))
    }

    package static func == (a: FeedMapping, b: FeedMapping) -> Bool {
        a.name == b.name && a.file == b.file && a.position == b.position && a.source == b.source
    }
}
