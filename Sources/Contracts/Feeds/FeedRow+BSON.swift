package import BSON

/// The fields of a row in `gateway.feeds`: read, and written, here alone. Several write a row, each its own fields, and none
/// of them the whole row: who takes, renews or gives up its lease, its leaseholder (``FeedNote``), and people
/// (``FeedOrder``).
extension FeedRow {
    package init(bson document: UnsafeRawBufferPointer) {
        var (collection, goesBy, orderField, isShared): (String?, String, String?, Bool) = (nil, "", nil, false)
        var progressKind: FeedProgressKind?
        for field in BSONElements(document) {
            switch field.nameText {
            case "_id": name = field.text ?? ""
            case "collection": collection = field.text
            case "goesBy": goesBy = field.text ?? ""
            case "progressKind": progressKind = field.text.flatMap { FeedProgressKind(rawValue: $0) }
            case "orderField": orderField = field.text
            case "isShared": isShared = field.bool == true
            case "host": holder = field.text
            case "leaseUntil": leaseUntil = field.date
            case "progress": mark = field.type == .document ? field.elements.flatMap { FeedCheckpoint(bson: $0) } : nil
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
        identity = collection.map {
            Identity(
                collection: $0, goesBy: goesBy, progressKind: progressKind, orderField: orderField, isShared: isShared)
        }
    }

    package init(_ lease: Lease) { self = lease.row.withUnsafeBytes { FeedRow(bson: $0) } }

    // MARK: Filters

    /// Finds the row of that name.
    package static func filter(name: String) -> BSONLiteral { ["_id": .value(name)] }

    /// Finds the row while the lease is in it.
    package static func filter(holding lease: Lease) -> BSONLiteral {
        ["_id": .value(lease.name), "holder": .value(lease.holder), "token": .int64(lease.token)]
    }

    /// Finds the row while this one's lease is in it, whether its time is over or not.
    package static func filter(name: String, heldBy holder: Holder) -> BSONLiteral {
        ["_id": .value(name), "holder": .value(holder.id), "token": .int64(holder.token)]
    }

    /// Finds the row while it has no holder, or its holder's time is over by the server's clock.
    package static func filter(freeWithName name: String) -> BSONLiteral {
        ["_id": .value(name), "$expr": ["$lte": [["$ifNull": ["$leaseUntil", 0]], "$$NOW"]]]
    }

    // MARK: Leases, as updates

    /// Makes a row without a holder, for an upsert.
    package static let creation: BSONLiteral = ["$setOnInsert": ["token": 0]]

    /// Puts the holder in, for so long by the server's clock, and gives the row its next token.
    package static func taking(by holder: Holder, milliseconds: Int64) -> BSONLiteral {
        [
            [
                "$set": [
                    "holder": .value(holder.id), "host": .value(holder.words), "pid": .int64(Int64(holder.pid)),
                    "startTicks": .int64(holder.startTicks), "space": .ifThere(holder.space) { .value($0) },
                    "takenAt": "$$NOW", "leaseUntil": end(milliseconds: milliseconds),
                    "token": ["$add": [["$ifNull": ["$token", 0]], 1]],
                ]
            ]
        ]
    }

    package static func renewal(milliseconds: Int64) -> BSONLiteral {
        [["$set": ["leaseUntil": end(milliseconds: milliseconds)]]]
    }

    package static let release: BSONLiteral = [["$set": ["holder": nil, "host": nil, "leaseUntil": nil]]]

    private static func end(milliseconds: Int64) -> BSONLiteral { ["$add": ["$$NOW", .int64(milliseconds)]] }

    // MARK: What its leaseholder and people set, as updates

    package static func update(with note: FeedNote, by holder: String) -> BSONLiteral {
        // Without a field that is set the server takes it for a mistake.
        ["$set": note.fields + ["notedBy": .value(holder)]]
    }

    package static func update(by order: FeedOrder) -> BSONLiteral {
        switch order {
        case .run(let time): ["$set": ["runRequestedAt": .date(time)]]
        case .pause(let isPaused): ["$set": ["isPaused": .bool(isPaused)]]
        case .rewind(let time, let value):
            ["$set": ["rewind": ["at": .date(time), "to": .orNull(value) { .value($0) }]]]
        }
    }
}

/// What a person wants of a feed. The gateway that holds its lease finds it in the feed's row.
package enum FeedOrder: Sendable {
    /// It runs now. The time of the order, in milliseconds since 1970.
    case run(at: Int64)
    case pause(Bool)
    /// It begins again at the value; nil: from the beginning. The time of the order, in milliseconds since 1970.
    case rewind(at: Int64, to: BSONValue?)
}

extension FeedRow {
    /// Who holds a lease, as its row tells.
    package struct Holder: Sendable {
        /// Unique among all that ever try.
        package var id: String
        package var token: Int64
        /// For people.
        package var words: String
        package var pid: Int32
        package var startTicks: Int64
        /// Within which a pid means the same process.
        package var space: String?

        package init(id: String, words: String, pid: Int32, startTicks: Int64, space: String) {
            self.id = id
            token = 0
            self.words = words
            self.pid = pid
            self.startTicks = startTicks
            self.space = space
        }

        package init(bson fields: BSONElements) {
            id = fields.first(named: "holder")?.text ?? ""
            token = fields.first(named: "token")?.integer ?? 0
            words = fields.first(named: "host")?.text ?? "another gateway"
            pid = fields.first(named: "pid")?.integer.flatMap { Int32(exactly: $0) } ?? 0
            startTicks = fields.first(named: "startTicks")?.integer ?? 0
            space = fields.first(named: "space")?.text
        }
    }
}

extension FeedRow.Rewind {
    fileprivate init(bson fields: BSONElements) {
        at = fields.first(named: "at")?.date ?? 0
        to = fields.first(named: "to").flatMap { $0.type == .null ? nil : BSONValue(copying: $0) }
    }
}

extension FeedNote {
    /// The members of a `$set`.
    package var fields: BSONLiteral {
        [
            "progress": mark == nil && rewoundAt != nil ? .null : .ifThere(mark) { $0.fields },
            "rewoundAt": .ifThere(rewoundAt) { .date($0) },
            "resumeToken": .ifThere(resumeToken) { .raw($0) },
            "isIncomplete": .ifThere(isIncomplete) { .bool($0) },
            "running": lastRun == nil ? .ifThere(running) { $0.fields } : .null,
            "lastRun": .ifThere(lastRun) { $0.fields },
            "state": .ifThere(state) { .value($0.word) },
            "reason": .ifThere(state) { .orNull($0.reason) { .value($0) } },
            "nextRunAt": .ifThere(nextRunAt) { .orNull($0) { .date($0) } },
            "collection": .ifThere(identity) { .value($0.collection) },
            "goesBy": .ifThere(identity) { .value($0.goesBy) },
            "progressKind": .ifThere(identity?.progressKind) { .value($0.rawValue) },
            "orderField": .ifThere(identity) { .orNull($0.orderField) { .value($0) } },
            "isShared": .ifThere(identity) { .bool($0.isShared) },
        ]
    }
}

extension FeedCheckpoint {
    /// As a row holds it; nil where the fields have no `value`.
    package init?(bson fields: BSONElements) {
        guard let value = fields.first(named: "value") else { return nil }
        self.init(
            value: BSONValue(copying: value),
            id: fields.first(named: "id").flatMap { $0.type == .null ? nil : BSONValue(copying: $0) })
    }

    fileprivate var fields: BSONLiteral { ["value": .value(value), "id": .orNull(id) { .value($0) }] }
}

extension FeedRun {
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

    fileprivate var fields: BSONLiteral {
        [
            "at": .date(at), "documents": .int64(documents), "confirmed": .int64(confirmed), "failed": .int64(failed),
            "skipped": .int64(skipped), "milliseconds": .int64(milliseconds),
            "error": .orNull(error) { .value($0) }, "request": .orNull(request) { .date($0) },
        ]
    }
}
