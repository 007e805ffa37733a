internal import Ingest
internal import JSON

/// What must become of messages, one item after the other: the one-by-one model with a ledger and dead letters around it.
struct PlanOracle {
    /// A rejected item, or a whole message.
    struct Letter: Hashable {
        let messageId: ByteString?
        let item: Int?
        let code: String
    }

    struct Row {
        let body: [UInt8]
        let items: Int
        var settled: Int
        var outcomes = OutcomeCounts()
    }

    /// What a record is before and after.
    struct Change: Hashable {
        let collection: String
        let id: ByteString
    }

    /// The field that items of a versioned series have.
    static let versionField: ByteString = "v"

    let isVersioned: Bool
    /// The newest version that each record was deleted with.
    private var deleted: [Change: Int] = [:]
    private(set) var model = ReferenceModel()
    /// By `_id` of the ledger's row.
    private(set) var rows: [ByteString: Row] = [:]
    private(set) var letters: [Letter: Int] = [:]
    /// Every record that an item of the present batch was about, as it was before.
    private var before: [Change: ReferenceModel.Record?] = [:]

    init(isVersioned: Bool = false) { self.isVersioned = isVersioned }

    mutating func beginBatch() { before = [:] }

    /// What the present batch must write to the records: to each that is another one now, one write.
    var writes: [Change: String] {
        before.reduce(into: [:]) { writes, entry in
            let now = model.records[entry.key.collection]?[entry.key.id]
            switch (entry.value, now) {
            case (nil, nil): break
            case (nil, _?): writes[entry.key] = "insert"
            case (_?, nil): writes[entry.key] = "delete"
            case (let old?, let new?): if old != new { writes[entry.key] = "update" }
            }
        }
    }

    /// Settles the items of a part of a message; returns how each ended, nil for one that was settled before.
    mutating func settle(_ segment: Segment, of message: RandomMessage) -> [Outcome?] {
        let identity = segment.message.message.identity
        let nothing = [Outcome?](repeating: nil, count: segment.range.count)
        let isAsked =
            message.id != nil || segment.message.message.delivery.isRedelivered || segment.range.lowerBound > 0
        var row = isAsked ? rows[identity.ledgerID] : nil
        if let known = row, known.body != message.body {
            let reuse = identity.reuseLedgerID
            if rows[reuse] == nil {
                rows[reuse] = Row(body: message.body, items: 0, settled: 0)
                add(message, nil, .messageIdReuse)
            }
            return nothing
        }
        if let row, row.settled >= row.items { return nothing }
        let first = row?.settled ?? 0
        if row == nil { row = Row(body: message.body, items: message.items.count, settled: 0) }
        guard case .items(let items, let catalog) = message.content else {
            if case .unreadable(let code) = message.content { add(message, nil, code) }
            rows[identity.ledgerID] = row
            return nothing
        }
        let outcomes = segment.range.map { index -> Outcome? in
            index < first ? nil : apply(items[index], number: index, of: message, catalog)
        }
        for outcome in outcomes.compactMap({ $0 }) { row?.outcomes[outcome] += 1 }
        row?.settled = max(first, segment.range.upperBound)
        rows[identity.ledgerID] = row
        return outcomes
    }

    private mutating func apply(
        _ item: RandomItem, number: Int, of message: RandomMessage, _ catalog: RandomCatalog
    ) -> Outcome {
        if let fault = item.fault {
            add(message, number, fault)
            return .rejected
        }
        if item.isRefused, item.operation != "U" {
            add(message, number, .storeRefused)
            return .rejected
        }
        let place = Change(collection: catalog.collection, id: item.id)
        if before[place] == nil { before.updateValue(model.records[place.collection]?[place.id], forKey: place) }
        let isThere = model.records[place.collection]?[place.id] != nil
        if isVersioned, version(of: item.fields) < newest(place) {
            return item.operation == "D" && !isThere ? .absent : .unchanged
        }
        let outcome = model.apply(
            item.operation, id: item.id, fields: item.fields, collection: catalog.collection, merges: catalog.merges)
        if isVersioned, item.operation == "D" { deleted[place] = version(of: item.fields) }
        if outcome == .rejected { add(message, number, item.operation == "I" ? .alreadyExists : .notFound) }
        return outcome
    }

    /// The version of the record that is there, or of its deletion.
    private func newest(_ place: Change) -> Int {
        guard let record = model.records[place.collection]?[place.id] else { return deleted[place] ?? .min }
        return version(of: record)
    }

    /// Versions are single digits.
    private func version(of record: ReferenceModel.Record) -> Int {
        guard case .number(_, let digits, _)? = record[Self.versionField] else { return .min }
        return digits.first.map { Int($0) } ?? 0
    }

    private mutating func add(_ message: RandomMessage, _ item: Int?, _ code: ReasonCode) {
        letters[Letter(messageId: message.id.map { ByteString($0) }, item: item, code: code.rawValue), default: 0] += 1
    }
}
