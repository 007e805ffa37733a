package import BSON
package import Contracts
package import JSON
internal import Logging

/// The store of one feed: one connection and thread for reading and one for writing, so that batches are read while
/// earlier ones are made durable.
package final class MongoFeed: FeedStore {
    private let deployment: MongoDeployment
    private let plan: FeedPlan
    private let reader: FeedReader
    private let writer: FeedWriter

    init(of deployment: MongoDeployment, plan: FeedPlan, holder: String) {
        self.deployment = deployment
        self.plan = plan
        reader = FeedReader(of: deployment, plan: plan, holder: holder)
        writer = FeedWriter(of: deployment, plan: plan)
    }

    /// Call after the runner has ended; takes at most twice ``MongoSettings/closePatience``.
    package func close() async {
        let (reader, writer) = (reader, writer)
        _ = await finished(within: deployment.settings.closePatience) { await reader.shutDown() }
        _ = await finished(within: deployment.settings.closePatience) { await writer.shutDown() }
    }

    package func beginReading(from mark: FeedCheckpoint?) async throws(StoreError) -> FeedReading {
        try await reader.begin(from: mark)
    }

    package func nextDocuments(count: Int, bytes: Int) async throws(StoreError) -> BSONSequence {
        try await reader.next(count: count, bytes: bytes)
    }

    package func documents(withIDs ids: [BSONValue]) async throws(StoreError) -> BSONSequence {
        try await reader.documents(withIDs: ids)
    }

    package func documentsOutOfOrder(limit: Int) async throws(StoreError) -> [BSONValue]? {
        try await reader.documentsOutOfOrder(limit: limit)
    }

    package func missingIndex() async throws(StoreError) -> FeedIndex? { try await reader.missingIndex() }

    package func makeWatch() -> MongoFeedWatch? {
        deployment.guarantee == .atLeastOnce ? nil : MongoFeedWatch(of: deployment, plan: plan)
    }

    package func rowIDs() async throws(StoreError) -> Set<ByteString> { try await writer.rowIDs() }

    package func aimRows(at target: PostingTarget, lease: Lease) async throws(StoreError) {
        try await writer.aim(at: target, lease: lease)
    }

    package func replaceRows(_ rows: [PostingRow], lease: Lease) async throws(StoreError) -> Set<ByteString> {
        try await writer.replace(rows, lease: lease)
    }

    package func settle(_ settlement: FeedSettlement, lease: Lease) async throws(StoreError) -> FeedSettled {
        try await writer.settle(settlement, lease: lease)
    }

    package func note(_ note: FeedNote, lease: Lease) async throws(StoreError) -> Bool {
        try await writer.note(note, lease: lease)
    }

    package func takeBackFlags(from value: BSONValue?) async throws(StoreError) {
        try await writer.takeBackFlags(from: value)
    }
}

extension MongoDeployment {
    /// The store of one feed; the caller must close it.
    package func makeFeed(_ plan: FeedPlan) -> MongoFeed {
        MongoFeed(of: self, plan: plan, holder: InstanceIdentity.current().id.description)
    }

    /// Leases on a connection of their own; the caller must close them.
    package func makeLeases() -> MongoLeases { MongoLeases(of: self) }
}
