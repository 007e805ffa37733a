internal import Documents
internal import Schemas

/// The records that a batch touches, each once: collection by collection, with a slot for every key.
struct BatchKeys: Sendable {
    struct Group: Sendable {
        let collection: String
        var ids: [ByteString] = []
        var slots: [ByteString: Int32] = [:]
    }

    private(set) var groups: [Group] = []
    /// For each segment the group it belongs to; -1 for a message that is a dead letter as a whole.
    private(set) var groupOfSegment: [Int] = []
    /// For each segment, for each item of its range, its slot in the group; -1 for a rejected item.
    private(set) var slotsOfSegment: [[Int32]] = []

    init(_ batch: Batch) {
        var groupOfCollection: [String: Int] = [:]
        for segment in batch.segments {
            guard case .catalog(let catalog) = segment.message.message.content else {
                groupOfSegment.append(-1)
                slotsOfSegment.append([])
                continue
            }
            let collection = catalog.definition.collection
            let number: Int
            if let known = groupOfCollection[collection] {
                number = known
            } else {
                number = groups.count
                groupOfCollection[collection] = number
                groups.append(Group(collection: collection))
            }
            groupOfSegment.append(number)
            slotsOfSegment.append(groups[number].assign(segment))
        }
    }
}

extension BatchKeys.Group {
    fileprivate mutating func assign(_ segment: Segment) -> [Int32] {
        segment.range.map { index in
            let item = segment.message.items[index]
            guard !item.isRejected else { return -1 }
            let id = ByteString(Array(segment.message.ids[Int(item.id.lowerBound)..<Int(item.id.upperBound)]))
            if let slot = slots[id] { return slot }
            let slot = Int32(ids.count)
            slots[id] = slot
            ids.append(id)
            return slot
        }
    }
}
