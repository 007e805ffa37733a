import DryRun
import BSON
@testable import Contracts
import IngestTesting
import JSON
import Testing

/// The contracts that the live servers keep, kept by what stands in for them in tests.
@Suite("Contracts, in memory")
struct InMemoryContractTests {
    private struct Stores: StoreBench {
        let store = InMemoryStore()

        func open() async throws -> InMemoryStore { store }
        func documents(in collection: String) async throws -> [ByteString: [UInt8]] { store.documents(in: collection) }
    }

    private struct Sequences: SequenceBench {
        let store = InMemoryStore()

        func open() async throws -> InMemoryStore { store }
        func put(row: [UInt8]) async throws { store.put(row, in: StoreCollections.sequences) }
    }

    private struct Sources: SourceBench {
        let broker: InMemoryBroker
        let publisher: InMemoryPublisher

        init() {
            broker = InMemoryBroker()
            broker.declare("q")
            publisher = InMemoryPublisher(broker)
        }

        func send(_ texts: [String]) async throws {
            _ = await publisher.publish(
                texts.map { Posting(routingKey: "q", body: Array($0.utf8), properties: MessageProperties()) })
        }
        func open(prefetch: Int) async throws -> InMemoryConsumer {
            InMemoryConsumer(broker, queue: "q", prefetch: prefetch)
        }
        func waiting() async throws -> Int { broker.waiting(in: "q").count }
    }

    private struct Publishers: PublisherBench {
        let broker: InMemoryBroker
        let queue = "q"

        init() {
            broker = InMemoryBroker()
            broker.declare("q")
        }

        func open() async throws -> InMemoryPublisher { InMemoryPublisher(broker) }
        func receive() async throws -> [String] {
            broker.waiting(in: "q").map { String(decoding: $0.body, as: UTF8.self) }
        }
    }

    private struct Feeds: FeedStoreBench {
        let database = InMemoryDatabase(environment: Fixtures.environment)

        func open() async throws -> InMemoryLeases {
            InMemoryLeases(in: database, gateway: "gateway \(UInt64.random(in: 0 ... .max))")
        }
        func expire(_ name: String) async throws { database.command(name) { $0.append("leaseUntil", date: 0) } }
        func command(_ name: String, _ fields: @escaping @Sendable (inout BSONWriter) -> Void) async throws {
            database.command(name, fields)
        }
        func open(_ plan: FeedPlan) async throws -> InMemoryFeedStore {
            InMemoryFeedStore(plan, in: database, holder: "holder \(UInt64.random(in: 0 ... .max))")
        }
        func put(_ document: [UInt8]) async throws { database.put(document, in: FeedStoreContract.collection) }
        func documents() async throws -> [[UInt8]] { database.documents(in: FeedStoreContract.collection) }
        func row() async throws -> FeedRow? { database.row("limits") }
        func postings() async throws -> [PostingRow] { database.postings }
    }

    @Test(arguments: StoreContract.allCases)
    func `a store`(_ clause: StoreContract) async throws { try await clause.check(on: Stores()) }

    @Test func `what is settled at once is what is settled one by one`() async throws {
        var agreement = StoreAgreement(now: Fixtures.now)
        try await agreement.check(seeds: 0..<300, on: Stores())
        #expect(agreement.items > 2000)
    }

    @Test(arguments: SourceContract.allCases)
    func `a source`(_ clause: SourceContract) async throws { try await clause.check(on: Sources()) }

    @Test(arguments: PublisherContract.allCases)
    func `a publisher`(_ clause: PublisherContract) async throws { try await clause.check(on: Publishers()) }

    @Test(arguments: SequenceContract.allCases)
    func `sequences`(_ clause: SequenceContract) async throws { try await clause.check(on: Sequences()) }

    @Test(arguments: LeaseContract.allCases)
    func `a lease store`(_ clause: LeaseContract) async throws { try await clause.check(on: Feeds()) }

    @Test(arguments: FeedStoreContract.allCases)
    func `a feed store`(_ clause: FeedStoreContract) async throws { try await clause.check(on: Feeds()) }
}
