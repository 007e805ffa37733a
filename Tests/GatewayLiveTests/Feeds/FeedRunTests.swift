import Ingest
import BSON
import Contracts
import MongoStore
import Publishing
import Testing

extension RouteLiveTests {
    /// A feed from its collection to its queue, when nothing breaks.
    @Suite("Feeds", .enabled(if: LiveServers.areThere))
    struct Feeds {
        static func plan(
            _ progress: FeedPlan.Progress, watches: Bool = false, batchDocuments: Int = 500, isShared: Bool = false
        ) -> FeedPlan {
            FeedPlan(
                name: "limits", collection: "limitStatus", progress: progress, versionField: "version",
                watches: watches,
                batchDocuments: batchDocuments, isShared: isShared)
        }

        static let byField = FeedPlan.Progress.field("lastUpdate", overlapMilliseconds: 0)
        static let byFlag = FeedPlan.Progress.flag("sent")

        @Test(
            "publish ten thousand documents, each once, in order",
            arguments: [byField, byFlag, FeedPlan.Progress.snapshot])
        func tenThousand(_ progress: FeedPlan.Progress) async throws {
            try await LiveFeed.with { live in
                try await live.insert(0..<10_000)
                let feed = try await RunningFeed(
                    live,
                    FeedConfiguration(
                        plan: Self.plan(progress), target: .amqp(exchange: "", routingKey: live.queue),
                        nextRun: { $0 + 3_600_000 }))
                try await feed.waitForRuns(1)
                let run = feed.record.runs[0]
                #expect(run.documents == 10_000 && run.confirmed == 10_000 && run.failed == 0)
                await feed.stop()

                let received = try await live.receive()
                #expect(received.count == 10_000)
                #expect(Set(received.map(\.id)).count == 10_000)
                #expect(received.allSatisfy { $0.id == "limits:d\($0.number):1" && $0.type == "limits" })
                if case .field = progress { #expect(received.map(\.number) == Array(0..<10_000)) }
                if case .flag = progress {
                    #expect(try await live.count { $0.append(BSONWriter.bytes(of: "sent"), bool: true) } == 10_000)
                }
                let row = try await live.row("limits")
                #expect(row.lastRun == run && row.state == "waiting" && !row.isIncomplete && row.holder == nil)
            }
        }
    }
}
