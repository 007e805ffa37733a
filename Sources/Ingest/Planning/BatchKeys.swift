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

    init(_ batch: Batch) {
        for segment in batch.segments {
            let ledgerID = segment.message.message.identity.ledgerID
            if ledgerSet.insert(ledgerID).inserted { ledgerIDs.append(ledgerID) }
            guard case .catalog(let catalog) = segment.message.message.content else {
                groupOfSegment.append(-1)
                slotsOfSegment.append([])
                targetsOfSegment.append([:])
                continue
            }
            let number = group(of: catalog.definition.collection, isStored: catalog.storesRecords)
            if groups[number].ids.isEmpty { groups[number].reserveCapacity(batch.itemCount) }
            groupOfSegment.append(number)
            slotsOfSegment.append(groups[number].assign(segment))
            targetsOfSegment.append(catalog.references.isEmpty ? [:] : targets(of: segment, catalog))
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

    private mutating func targets(of segment: Segment, _ catalog: CatalogMessage) -> [Int: Target?] {
        var targets: [Int: Target?] = [:]
        for item in segment.range {
            for place in segment.message.item(item).references {
                let reference = segment.message.references[Int(place)]
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
