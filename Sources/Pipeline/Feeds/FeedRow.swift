package import Records

/// A feed's row in `gateway.feeds`, as its leaseholder and the command line read it.
package struct FeedRow: Sendable, Equatable {
    package var name = ""
    /// Nil: the row is a lease of something else.
    package var identity: Identity?
    /// Who holds the lease, in words for a person; nil: nobody.
    package var holder: String?
    package var leaseUntil: Int64?
    package var mark: FeedMark?
    package var resumeToken: [UInt8]?
    package var isIncomplete = false
    package var state: String?
    package var reason: String?
    package var running: FeedRun?
    package var lastRun: FeedRun?
    package var nextRunAt: Int64?

    // Orders of people.
    package var isPaused = false
    package var runRequestedAt: Int64?
    package var rewind: Rewind?
    /// The order to begin again that was carried out last: its time.
    package var rewoundAt: Int64?

    package struct Identity: Sendable, Equatable {
        package var collection: String
        /// In words for a person: `field lastUpdate`, `flag sent`, `all documents`.
        package var goesBy: String
        package var isShared: Bool
    }

    /// The order to begin again.
    package struct Rewind: Sendable, Equatable {
        /// When it was given; milliseconds since 1970. It tells one order from the next that says the same.
        package var at: Int64
        /// Nil: from the beginning.
        package var to: BSONValue?
    }

    package init(bson document: UnsafeRawBufferPointer) {
        var (collection, goesBy, isShared): (String?, String, Bool) = (nil, "", false)
        for field in BSONElements(document) {
            switch field.nameText {
            case "_id": name = field.text ?? ""
            case "collection": collection = field.text
            case "goesBy": goesBy = field.text ?? ""
            case "isShared": isShared = field.bool == true
            case "host": holder = field.text
            case "leaseUntil": leaseUntil = field.date
            case "progress": mark = field.type == .document ? field.elements.flatMap { FeedMark(bson: $0) } : nil
            case "resumeToken": resumeToken = field.type == .document ? Array(field.value) : nil
            case "isIncomplete": isIncomplete = field.bool == true
            case "state": state = field.text
            case "reason": reason = field.text
            case "running": running = field.type == .document ? field.elements.flatMap { FeedRun(bson: $0) } : nil
            case "lastRun": lastRun = field.type == .document ? field.elements.flatMap { FeedRun(bson: $0) } : nil
            case "nextRunAt": nextRunAt = field.date
            case "isPaused": isPaused = field.bool == true
            case "runRequestedAt": runRequestedAt = field.date
            case "rewoundAt": rewoundAt = field.date
            case "rewind": rewind = field.type == .document ? field.elements.map { Rewind(bson: $0) } : nil
            default: break
            }
        }
        identity = collection.map { Identity(collection: $0, goesBy: goesBy, isShared: isShared) }
    }

    package init(_ lease: Lease) { self = lease.row.withUnsafeBytes { FeedRow(bson: $0) } }
}

extension FeedRow.Rewind {
    fileprivate init(bson fields: BSONElements) {
        at = fields.first(named: "at")?.date ?? 0
        to = fields.first(named: "to").flatMap { $0.type == .null ? nil : BSONValue(copying: $0) }
    }
}
