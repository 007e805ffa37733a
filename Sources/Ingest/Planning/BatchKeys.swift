internal import JSON
internal import Schemas

/// The records a batch touches, without duplicates: grouped by collection, with a slot for each key.
struct BatchKeys: Sendable {
    struct Group: Sendable {
        let collection: String
        /// Whether records are stored; keys of items that are only posted matter for order alone.
        let isStored: Bool
        var ids: [ByteString] = []
        var slots: [ByteString: Int32] = [:]
    }

    /// Where an item's reference is looked up.
    struct Target: Sendable {
        let group: Int
        let slot: Int
    }

    /// A further record of an item, and where it and its references are.
    struct Further: Sendable {
        let record: PreparedRecord
        /// Nil for one that cannot be made.
        let target: Target?
        let references: [Int: Target?]
    }

    private(set) var groups: [Group] = []
    /// Ledger rows of the batch's messages, without duplicates.
    private(set) var ledgerIDs: [ByteString] = []
    private var ledgerSet: Set<ByteString> = []
    /// For each segment, the target of each reference of the message, by index. Nil: an undefined catalog.
    private(set) var targetsOfSegment: [[Int: Target?]] = []
    /// For each segment its group; -1 for a message that is a dead letter as a whole.
    private(set) var groupOfSegment: [Int] = []
    /// For each segment and item, its slot in the group; -1 for a rejected item.
    private(set) var slotsOfSegment: [[Int32]] = []
    /// For each segment the further records of its items, by item.
    private(set) var furtherOfSegment: [[Int: [Further]]] = []

    init(_ batch: Batch) {
        for segment in batch.segments {
            let ledgerID = segment.message.message.identity.ledgerID
            if ledgerSet.insert(ledgerID).inserted { ledgerIDs.append(ledgerID) }
            guard case .catalog(let catalog) = segment.message.message.content else {
                groupOfSegment.append(-1)
                slotsOfSegment.append([])
                targetsOfSegment.append([:])
                furtherOfSegment.append([:])
                continue
            }
            let number = group(of: catalog.definition.collection, isStored: catalog.storesRecords)
            if groups[number].ids.isEmpty { groups[number].reserveCapacity(batch.itemCount) }
            groupOfSegment.append(number)
            slotsOfSegment.append(groups[number].assign(segment))
            targetsOfSegment.append(
                catalog.references.isEmpty ? [:] : targets(of: segment.message, segment.range, catalog))
            furtherOfSegment.append(further(of: segment))
        }
    }

    /// Whether both touch a common record or ledger row. Batches that do not overlap may be settled concurrently, with
    /// the same effect and outcomes as sequentially.
    func overlaps(_ other: BatchKeys) -> Bool {
        if !ledgerSet.isDisjoint(with: other.ledgerSet) { return true }
        return groups.contains { ours in
            other.groups.contains { theirs in
                theirs.collection == ours.collection && theirs.isStored == ours.isStored
                    && ours.ids.contains { theirs.slots[$0] != nil }
            }
        }
    }

    private mutating func further(of segment: Segment) -> [Int: [Further]] {
        var further: [Int: [Further]] = [:]
        for record in segment.message.records where segment.range.contains(record.item) {
            var target: Target?
            var references: [Int: Target?] = [:]
            if let message = record.keyed, case .catalog(let catalog) = message.message.content {
                let group = group(of: catalog.definition.collection)
                target = Target(group: group, slot: Int(groups[group].slot(of: ByteString(message.ids))))
                if !catalog.references.isEmpty { references = targets(of: message, 0..<1, catalog) }
            }
            further[record.item, default: []].append(
                Further(record: record, target: target, references: references))
        }
        return further
    }

    private mutating func targets(
        of message: PreparedMessage, _ range: Range<Int>, _ catalog: CatalogMessage
    ) -> [Int: Target?] {
        var targets: [Int: Target?] = [:]
        for item in range {
            for place in message.item(item).references {
                let reference = message.references[Int(place)]
                guard let collection = catalog.references[reference.reference].collection else {
                    targets.updateValue(nil, forKey: Int(place))
                    continue
                }
                let group = group(of: collection)
                targets[Int(place)] = Target(group: group, slot: Int(groups[group].slot(of: reference.id)))
            }
        }
        return targets
    }

    private mutating func group(of collection: String, isStored: Bool = true) -> Int {
        let known = groups.firstIndex { $0.collection == collection && $0.isStored == isStored }
        if let known { return known }
        groups.append(Group(collection: collection, isStored: isStored))
        return groups.count - 1
    }
}

extension BatchKeys.Group {
    fileprivate mutating func reserveCapacity(_ count: Int) {
        ids.reserveCapacity(count)
        slots.reserveCapacity(count)
    }

    fileprivate mutating func assign(_ segment: Segment) -> [Int32] {
        let (items, ids, first) = (segment.message.items, segment.message.ids, segment.message.firstItem)
        return segment.range.map { index in
            let item = items[index - first]
            guard !item.isRejected else { return -1 }
            return slot(of: ByteString(Array(ids[item.id])))
        }
    }

    fileprivate mutating func slot(of id: ByteString) -> Int32 {
        if let slot = slots[id] { return slot }
        let slot = Int32(ids.count)
        slots[id] = slot
        ids.append(id)
        return slot
    }
}
