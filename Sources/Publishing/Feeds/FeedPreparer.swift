internal import BSON
internal import Contracts
internal import JSON

/// Renders documents to postings. Confined to one task.
final class FeedPreparer {
    /// Maximum body size of a row in the outbox.
    static let largestRowBody = 15 << 20

    private let configuration: FeedConfiguration
    private let renderer: any FeedRenderer
    private let memory: FeedMemory
    private let progressField: FieldPath?
    private let versionField: FieldPath?

    init(_ configuration: FeedConfiguration, renderer: any FeedRenderer, memory: FeedMemory) {
        self.configuration = configuration
        self.renderer = renderer
        self.memory = memory
        if case .field(let name, _) = configuration.plan.progress {
            progressField = FieldPath(name)
        } else {
            progressField = nil
        }
        // All versions of a document have the same `_id`.
        versionField =
            configuration.plan.versionField.map { FieldPath($0) }
            ?? (progressField?.text == "_id" ? nil : progressField)
    }

    private var name: String { configuration.plan.name }

    /// Whether published versions must be remembered: flags in documents make that unnecessary.
    private var remembers: Bool {
        switch configuration.plan.progress {
        case .field: true
        case .flag: false
        case .snapshot: configuration.plan.watches
        }
    }

    /// What is published besides documents.
    func own(now: Int64) -> FeedBatch {
        var batch = FeedBatch()
        for (id, body) in renderer.own(now: now) {
            batch.items.append(item(id: id, version: FeedIdentity.version(ofBody: body), body: body, now: now))
        }
        return batch
    }

    /// `isNews`: from the change stream, which may report a version twice. `rows`: ids of the feed's rows. `ceiling`:
    /// upper limit of the mark, in milliseconds since 1970.
    func prepare(
        _ documents: BSONSequence, isNews: Bool, rows: Set<ByteString>, ceiling: Int64, now: Int64
    ) -> FeedBatch {
        var batch = FeedBatch()
        batch.readAt = now
        batch.items.reserveCapacity(documents.count)
        for index in 0..<documents.count {
            documents.withDocument(index) { document in
                let before = batch.items.count
                if configuration.plan.isShared {
                    Self.withoutClaim(document).withUnsafeBytes { document in
                        take(document, isNews: isNews, rows: rows, ceiling: ceiling, now: now, into: &batch)
                    }
                } else {
                    take(document, isNews: isNews, rows: rows, ceiling: ceiling, now: now, into: &batch)
                }
                // As it was read: it is marked only where it is still so.
                if case .flag = configuration.plan.progress, batch.items.count > before {
                    batch.flags.append(copying: document)
                }
            }
        }
        return batch
    }

    private func take(
        _ document: UnsafeRawBufferPointer, isNews: Bool, rows: Set<ByteString>, ceiling: Int64, now: Int64,
        into batch: inout FeedBatch
    ) {
        let fields = BSONElements(document)
        guard let id = fields.first(named: "_id").map({ BSONValue(copying: $0) }) else { return }
        let value = progressField.flatMap { fields.first(at: $0) }.map { BSONValue(copying: $0) }
        if let value, value.isProgress { batch.advance(to: value, id: id, isNews: isNews, ceiling: ceiling) }
        let version = remembers ? FeedMemory.Version(document, id: id) : nil
        // A snapshot run publishes all documents, including published ones.
        if let version, progressField != nil || isNews, memory.contains(version) { return }
        batch.documents += 1
        let text = FeedIdentity.text(id)
        let rendering = renderer.render(document, now: now)
        var item: FeedItem
        switch rendering {
        case .skipped:
            batch.skipped += 1
            return
        case .failed(let reason): item = stuck(text, reason, now: now)
        case .body(let body) where body.count > configuration.largestBody:
            let reason =
                "the message has \(body.count) bytes, and \(configuration.largestBody) is the most that is sent; make the "
                + "document smaller, or let the feed's mapping leave something out"
            item = stuck(text, reason, now: now)
        case .body(let body):
            let own = versionField.flatMap { fields.first(at: $0) }.map { FeedIdentity.version($0) }
            item = self.item(
                id: text, version: own ?? FeedIdentity.version(ofBody: body), body: body, now: now)
        }
        if case .publish = item.way, let progressField, value?.isProgress != true {
            item.way = .stuck(.unrenderable)
            item.row.state = .stuck
            item.row.failedSince = now
            item.row.reason = Self.outOfOrder(progressField)
        }
        item.version = version
        if rows.contains(item.row.id) {
            item.hasRow = true
            if case .publish = item.way {
                item.way = .replaceRow
                // An older version may be in flight: this one must not overtake it, and cannot replace it.
                if item.row.body.count > Self.largestRowBody {
                    item.way = .stuck(.unrenderable)
                    item.row.failedSince = now
                    item.row.leaveOutBody("an older version of it waits to be published")
                }
            }
        }
        batch.items.append(item)
    }

    private static func withoutClaim(_ document: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(document.count)
        bytes.appendDocument { writer in
            for element in BSONElements(document) where element.nameText != FeedPlan.claimField {
                writer.append(element: element.whole)
            }
        }
        return bytes
    }

    /// A row for a document that runs by a field can never read.
    func outOfOrder(_ id: BSONValue, now: Int64) -> PostingRow? {
        progressField.map { stuck(FeedIdentity.text(id), Self.outOfOrder($0), now: now).row }
    }

    private static func outOfOrder(_ field: FieldPath) -> String {
        "not published: the document has no usable '\(field.text)' (the field this feed is ordered by); set it, and where it"
            + " lies behind the feed's progress, go back to it with 'gateway feeds rewind'"
    }

    private func stuck(_ id: ByteString, _ reason: String, now: Int64) -> FeedItem {
        var item = item(id: id, version: "", body: [], now: now)
        item.way = .stuck(.unrenderable)
        item.row.state = .stuck
        item.row.failedSince = now
        item.row.reason = reason
        return item
    }

    private func item(id: ByteString, version: ByteString, body: [UInt8], now: Int64) -> FeedItem {
        var row = PostingRow(
            id: FeedIdentity.rowID(feed: name, id: id), origin: .feed, name: name,
            target: configuration.target, body: body, registeredAt: now)
        row.messageId = FeedIdentity.messageID(feed: name, id: id, version: version)
        row.type = configuration.type
        row.headers = configuration.headers
        row.version = version
        return FeedItem(row: row)
    }
}

extension FeedBatch {
    /// Advances the mark. Runs read in order, so every document counts; change-stream documents come in any order, so
    /// only greater values do.
    fileprivate mutating func advance(to value: BSONValue, id: BSONValue, isNews: Bool, ceiling: Int64) {
        if isNews {
            let next = FeedCheckpoint(value: value, id: nil).notAfter(ceiling)
            if let mark, !mark.isBehind(next.value) { return }
            mark = next
        } else {
            mark = FeedCheckpoint(value: value, id: id).notAfter(ceiling)
        }
    }
}

extension BSONValue {
    /// Whether values of this type are ordered in time.
    var isProgress: Bool {
        switch type {
        case .date, .timestamp, .objectID, .string, .int32, .int64, .decimal128: true
        case .double: withElement { $0.double?.isNaN == false }
        default: false
        }
    }
}

extension PostingRow {
    /// Records it without its body, which is too large for a row.
    mutating func leaveOutBody(_ reason: String) {
        state = .stuck
        nextTryAt = nil
        self.reason =
            "\(reason); its \(body.count) bytes are too many for a row, so it is published again only when the document "
            + "changes, or by 'gateway feeds rewind'"
        body = []
    }
}
