internal import Documents
internal import Schemas

/// The records that a batch touches, each once: collection by collection, with a slot for every key.
struct BatchKeys: Sendable {
    struct Group: Sendable {
        let collection: String
        var ids: [ByteString] = []
        var slots: [ByteString: Int32] = [:]
    }

    /// Where a reference of an item is looked up.
    struct Target: Sendable {
        let group: Int
        let slot: Int
    }

    private(set) var groups: [Group] = []
    /// For each segment, by a reference's index in the message, where to look. Nil: in a catalog that nobody defined.
    private(set) var targetsOfSegment: [[Int: Target?]] = []
    /// For each segment the group it belongs to; -1 for a message that is a dead letter as a whole.
    private(set) var groupOfSegment: [Int] = []
    /// For each segment, for each item of its range, its slot in the group; -1 for a rejected item.
    private(set) var slotsOfSegment: [[Int32]] = []

    init(_ batch: Batch) {
        for segment in batch.segments {
            guard case .catalog(let catalog) = segment.message.message.content else {
                groupOfSegment.append(-1)
                slotsOfSegment.append([])
                targetsOfSegment.append([:])
                continue
            }
            let number = group(of: catalog.definition.collection)
            groupOfSegment.append(number)
            slotsOfSegment.append(groups[number].assign(segment))
            targetsOfSegment.append(catalog.references.isEmpty ? [:] : targets(of: segment, catalog))
        }
    }

    private mutating func targets(of segment: Segment, _ catalog: CatalogMessage) -> [Int: Target?] {
        var targets: [Int: Target?] = [:]
        for item in segment.range {
            for place in segment.message.items[item].references {
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

    private mutating func group(of collection: String) -> Int {
        if let known = groups.firstIndex(where: { $0.collection == collection }) { return known }
        groups.append(Group(collection: collection))
        return groups.count - 1
    }
}

extension BatchKeys.Group {
    fileprivate mutating func assign(_ segment: Segment) -> [Int32] {
        segment.range.map { index in
            let item = segment.message.items[index]
            guard !item.isRejected else { return -1 }
            return slot(of: ByteString(Array(segment.message.ids[Int(item.id.lowerBound)..<Int(item.id.upperBound)])))
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
