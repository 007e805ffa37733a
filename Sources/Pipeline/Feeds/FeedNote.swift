package import Records

/// Fields of a feed's row in `gateway.feeds` that its leaseholder sets. What is nil stays as it is.
package struct FeedNote: Sendable {
    package var mark: FeedMark?
    package var resumeToken: [UInt8]?
    /// A run has begun and not ended: whoever holds the lease next must run at once.
    package var isIncomplete: Bool?
    package var running: FeedRun?
    package var lastRun: FeedRun?
    package var state: FeedStatus.State?
    /// Milliseconds since 1970; `.some(nil)`: there is no next run.
    package var nextRunAt: Int64??
    /// For people, once: what the row is of. It also tells a feed's row from other leases.
    package var identity: FeedRow.Identity?
    /// The order to begin again from elsewhere that is carried out: its time. The mark is forgotten where none is set.
    package var rewoundAt: Int64?

    package init() {}

    /// The members of a `$set`.
    package func append(to writer: inout BSONWriter) {
        if let mark {
            writer.append("progress", document: { mark.append(to: &$0) })
        } else if rewoundAt != nil {
            writer.append("progress", null: ())
        }
        if let rewoundAt { writer.append("rewoundAt", date: rewoundAt) }
        if let resumeToken {
            resumeToken.withUnsafeBytes { writer.append(BSONWriter.bytes(of: "resumeToken"), type: 3, value: $0) }
        }
        if let isIncomplete { writer.append("isIncomplete", bool: isIncomplete) }
        if let running { writer.append("running", document: { running.append(to: &$0) }) }
        if let lastRun {
            writer.append("lastRun", document: { lastRun.append(to: &$0) })
            writer.append("running", null: ())
        }
        if let state {
            writer.append("state", string: state.word)
            writer.append("reason", string: state.reason)
        }
        if let nextRunAt {
            if let nextRunAt {
                writer.append("nextRunAt", date: nextRunAt)
            } else {
                writer.append("nextRunAt", null: ())
            }
        }
        if let identity {
            writer.append("collection", string: identity.collection)
            writer.append("goesBy", string: identity.goesBy)
            writer.append("isShared", bool: identity.isShared)
        }
    }
}

/// What a run did.
package struct FeedRun: Sendable, Equatable {
    /// When it began; milliseconds since 1970.
    package var at: Int64
    /// Documents read, without those that were published before.
    package var documents = 0
    package var confirmed = 0
    /// Postings that are now rows in `gateway.postings`.
    package var failed = 0
    /// Documents that the feed's `when` does not take.
    package var skipped = 0
    package var milliseconds: Int64 = 0
    /// What a person should know; nil where all is well.
    package var error: String?
    /// The last order to run that is answered with this one: its time.
    package var request: Int64?

    package init(at: Int64) { self.at = at }

    package init?(bson fields: BSONElements) {
        guard let at = fields.first(named: "at")?.date else { return nil }
        self.init(at: at)
        func count(_ name: StaticString) -> Int { Int(fields.first(named: name)?.integer ?? 0) }
        documents = count("documents")
        confirmed = count("confirmed")
        failed = count("failed")
        skipped = count("skipped")
        milliseconds = fields.first(named: "milliseconds")?.integer ?? 0
        error = fields.first(named: "error")?.text
        request = fields.first(named: "request")?.date
    }

    package func append(to writer: inout BSONWriter) {
        writer.append("at", date: at)
        writer.append("documents", int64: Int64(documents))
        writer.append("confirmed", int64: Int64(confirmed))
        writer.append("failed", int64: Int64(failed))
        writer.append("skipped", int64: Int64(skipped))
        writer.append("milliseconds", int64: milliseconds)
        writer.append("error", string: error)
        if let request { writer.append("request", date: request) } else { writer.append("request", null: ()) }
    }
}
