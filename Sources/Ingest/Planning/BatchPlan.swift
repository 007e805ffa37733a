internal import BSON
package import Contracts
internal import JSON
internal import Mappings

/// Computes the writes of a batch. A pure function of batch and snapshot: folds the operations of each record in order,
/// and writes only the final difference.
///
/// Outcomes are exactly those of applying the items one by one.
package struct BatchPlan: Sendable {
    package let batch: Batch
    /// Bytes of postings made of stored records in one transaction; more of them are made in several.
    private static let mostLateBytes = 16 << 20
    private let keys: BatchKeys
    private let context: PlanContext

    package init(_ batch: Batch, context: PlanContext) {
        self.init(batch, keys: BatchKeys(batch), context: context)
    }

    /// `keys`: of this batch, if already computed.
    init(_ batch: Batch, keys: BatchKeys, context: PlanContext) {
        self.batch = batch
        self.keys = keys
        self.context = context
    }

    /// The reads of this batch.
    package var reads: StoreReads {
        var reads = StoreReads()
        reads.ledger = keys.ledgerIDs
        if !batch.furtherLedgerIDs.isEmpty { reads.ledger += Set(batch.furtherLedgerIDs) }
        reads.records = keys.groups.filter { batch.reads($0) }.map { ($0.collection, $0.ids) }
        if context.versionField != nil {
            let ids = Set(keys.groupOfSegment).filter { $0 >= 0 && batch.reads(keys.groups[$0]) }.flatMap { number in
                keys.groups[number].ids.map { Tombstone.id(of: $0, in: keys.groups[number].collection) }
            }
            if !ids.isEmpty { reads.records.append((StoreCollections.tombstones, ids)) }
        }
        return reads
    }

    /// Computes the writes and the outcome of each item.
    package func plan(_ snapshot: StoreSnapshot) -> (writes: StoreWrites, result: BatchResult) {
        var run = BatchRun(keys: keys, snapshot: snapshot, batch: batch, context: context)
        for (number, segment) in batch.segments.enumerated() {
            run.settle(segment, number: number, refusals: batch.refusals)
        }
        guard !run.result.isUndecided else { return (StoreWrites(), run.result) }
        if run.lateBytes > Self.mostLateBytes, batch.itemCount > 1 {
            run.result.oversized = StoreCollections.postings
            return (StoreWrites(), run.result)
        }
        let writes = run.writes()
        if let large = writes.collections.first(where: { $0.largestDocument > StoreBounds.documentBytes }) {
            run.result.oversized = large.collection
            return (StoreWrites(), run.result)
        }
        return (writes, run.result)
    }
}

extension Batch {
    /// Whether the records of a group are read.
    func reads(_ group: BatchKeys.Group) -> Bool {
        group.isStored && !isLastResort && (refusedCollections.isEmpty || refusedCollections[group.collection] == nil)
    }
}
