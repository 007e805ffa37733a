internal import BSON
internal import Contracts
internal import JSON

/// Finds the items of a batch that are older than their record, or than the record's deletion.
struct VersionGuard {
    enum Verdict { case current, stale, incomparable }

    private let field: ByteString
    private let now: Int64
    private var rows: [ByteString: Tombstone] = [:]
    private var stored: Set<ByteString> = []
    /// In order of the first change.
    private var written: [ByteString] = []
    private var isWritten: Set<ByteString> = []

    /// `tombstones`: the rows found of the batch's records.
    init(field: ByteString, now: Int64, tombstones: BSONSequence) {
        self.field = field
        self.now = now
        for index in 0..<tombstones.count {
            tombstones.withDocument(index) { document in
                guard let id = BSONElements(document).first(named: "_id")?.byteString else { return }
                rows[id] = Tombstone(bson: document)
                stored.insert(id)
            }
        }
    }

    /// Compares an item with its record, or with its tombstone if there is no record. `image`: -1 for an item without
    /// fields.
    func verdict(
        on fold: RecordFold, image: Int, of message: PreparedMessage, records: BSONSequence, tombstone id: ByteString
    ) -> Verdict {
        guard image >= 0 else { return .current }
        let isOlder: Bool? =
            if fold.isPresent {
                fold.isStale(image: image, of: message, records: records, versionField: field)
            } else {
                isOlder(image, of: message, than: rows[id])
            }
        guard let isOlder else { return .incomparable }
        return isOlder ? .stale : .current
    }

    private func isOlder(_ image: Int, of message: PreparedMessage, than tombstone: Tombstone?) -> Bool? {
        guard let version = tombstone?.version else { return false }
        return message.images.withDocument(image) { new in
            version.withUnsafeBytes { RecordChange.isOlder(image: new, than: $0, by: field) }
        }
    }

    /// Records what an item has done.
    mutating func record(_ outcome: Outcome, image: Int, of message: PreparedMessage, tombstone id: ByteString) {
        switch outcome {
        case .inserted: write(rows[id]?.version, id)
        case .deleted, .absent:
            // A record that another program wrote may have been older than the last deletion.
            let isOlder = image < 0 || isOlder(image, of: message, than: rows[id]) == true
            write(isOlder ? rows[id]?.version : version(image, of: message), id)
        case .updated, .unchanged, .rejected: break
        }
    }

    /// What is known of one record's deletion, to go back to.
    struct Mark {
        fileprivate let id: ByteString
        fileprivate let row: Tombstone?
        fileprivate let isWritten: Bool
    }

    func mark(_ id: ByteString) -> Mark { Mark(id: id, row: rows[id], isWritten: isWritten.contains(id)) }

    /// Undoes what one item has done since.
    mutating func restore(_ mark: Mark) {
        rows[mark.id] = mark.row
        guard !mark.isWritten, isWritten.remove(mark.id) != nil else { return }
        written.removeLast()
    }

    private func version(_ image: Int, of message: PreparedMessage) -> [UInt8]? {
        message.images.withDocument(image) { document in
            field.bytes.withUnsafeBufferPointer { name in
                BSONElements(document).first { $0.isNamed(name) }.map { element in
                    [UInt8].document { $0.append(element: element.whole) }
                }
            }
        }
    }

    private mutating func write(_ version: [UInt8]?, _ id: ByteString) {
        let before = rows[id]?.at ?? .min
        rows[id] = Tombstone(version: version, at: before < now ? now : before &+ 1)
        if isWritten.insert(id).inserted { written.append(id) }
    }

    /// Each changed row once, in its final state; nil if there is none.
    func writes() -> CollectionWrites? {
        guard !written.isEmpty else { return nil }
        var writes = CollectionWrites(collection: StoreCollections.tombstones)
        for id in written {
            guard let row = rows[id] else { continue }
            if stored.contains(id) {
                writes.updateIDs.append(id)
                writes.updates.appendDocument { writer in
                    writer.append("$set", document: { row.append(to: &$0) })
                }
            } else {
                writes.inserts.appendDocument { writer in
                    writer.append("_id", string: id)
                    row.append(to: &writer)
                }
            }
        }
        return writes
    }
}
