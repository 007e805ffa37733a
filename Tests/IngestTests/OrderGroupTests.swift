import Contracts
import BSON
@testable import Ingest
import IngestTesting
import Schemas
import Synchronization
import Testing

/// Definitions that change while messages wait, and move catalogs to other lanes.
@Suite struct OrderGroupTests {
    /// Catalogs `catalogT0` to `catalogT7`; each refers to the one that `links` names for it.
    private static func catalogs(_ links: [Int: Int]) throws -> Catalogs {
        let files = (0..<8).map { number in
            let reference =
                links[number].map { #","other":{"type":"string","x-ref":"catalogT\#($0)","x-ref-policy":"warn"}"# }
                ?? ""
            let definition = """
                {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogT\(number)","x-collection":"t\(number)",
                "x-key":["code"],"type":"object","required":["code"],"properties":{
                "code":{"type":"string","minLength":1},"name":{"type":"string"}\(reference)}}
                """
            return DefinitionFile(name: "t\(number).json", bytes: Array(definition.utf8))
        }
        return try Fixtures.catalogs.adding(files: files)
    }

    @Test(arguments: 0..<12)
    func `messages of one catalog keep their order while it moves from lane to lane`(seed: Int) async throws {
        var random = Seeded(UInt64(seed))
        let tables = try (0..<6).map { _ in
            try Self.catalogs(
                Dictionary(uniqueKeysWithValues: (1..<8).map { ($0, Int.random(in: 0..<$0, using: &random)) }))
        }
        let current = Mutex(0)
        let count = 400
        // Each message writes its own number, and the definitions change all the time.
        let sources = [HandSource(), HandSource()]
        for (index, source) in sources.enumerated() {
            source.deliver(
                (1...count).map { number in
                    let catalog = Int.random(in: 0..<4, using: &random) + index * 4
                    return Fixtures.delivery(
                        #"{"companyId":"c","catalog":"catalogT\#(catalog)","items":[{"operation":"IU","code":"x","name":"\#(number)"}]}"#,
                        number: UInt64(number), channel: UInt64(index + 1), messageId: "\(index).\(number)")
                })
            source.stop()
        }
        let stores = (0..<4).map { _ in FaultyStore() }
        // The first lanes lose time, so that what moves away from them could overtake.
        stores[0].fail(with: Array(repeating: .unavailable, count: 200))
        stores[1].fail(with: Array(repeating: .raceLost, count: 50))
        let observer = RecordingObserver()
        await Route(
            name: "test", sources: sources, lanes: stores.map { [$0] }, limits: Limits(), companies: [],
            catalogs: {
                current.withLock { current in
                    current += 1
                    return tables[current / 7 % tables.count]
                }
            }, environment: Fixtures.environment, observer: observer, sourceChanged: { _ in }
        ).run()
        var last: [String: Int] = [:]
        var settled = 0
        for segment in observer.settled.flatMap(\.batch.segments) {
            guard case .catalog(let catalog) = segment.message.message.content else { continue }
            let number = Int(segment.message.message.delivery.tag.number)
            let name = catalog.definition.catalog
            #expect(last[name, default: 0] < number, "\(name): \(number) after \(last[name] ?? 0)")
            last[name] = number
            settled += 1
        }
        #expect(settled == 2 * count)
        #expect(sources.map { $0.acknowledged.last?.number } == [UInt64(count), UInt64(count)])
    }
}
