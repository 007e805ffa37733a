import Contracts
import BSON
@testable import Ingest
import IngestTesting
import JSON
import Schemas
import Testing

/// Types that a definition gives inside objects and lists.
@Suite struct StoredFormTests {
    private func catalogs() throws -> Catalogs {
        let definition = """
            {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogOffer","x-key":["code"],"type":"object",
            "required":["code"],"properties":{"code":{"type":"string","minLength":1},
            "valid":{"type":"object","properties":{"from":{"type":"string","format":"date-or-date-time","x-bson":"date"},
            "note":{"type":"string"}}},
            "prices":{"type":"array","items":{"type":"object","properties":{"price":{"type":"number","x-bson":"decimal"}}}},
            "days":{"type":"array","items":{"type":"string","format":"date-or-date-time","x-bson":"date"}}}}
            """
        return try Fixtures.catalogs.adding(files: [DefinitionFile(name: "offer.json", bytes: Array(definition.utf8))])
    }

    private func prepare(_ item: String) throws -> PreparedMessage {
        let body = #"{"companyId":"c","catalog":"catalogOffer","items":[\#(item)]}"#
        let message = MessageDecoder(limits: Limits()).decode(
            Fixtures.delivery(body), catalogs: try catalogs(), now: Fixtures.now)
        return ItemPreparer(limits: Limits()).prepare(message)
    }

    @Test func `dates and decimals become what the definition says, the rest what it is`() throws {
        let item = #"""
            {"operation":"I","code":"a","valid":{"from":"2021-01-01","note":"2021-01-01"},
            "prices":[{"price":1.50,"x":1.5}],"days":["2021-01-01"]}
            """#
        let prepared = try prepare(item)
        #expect(prepared.rejections.isEmpty)
        prepared.images.withDocument(0) { document in
            let record = BSONElements(document)
            let valid = record.first(named: "valid")?.elements
            #expect(valid?.first(named: "from")?.date == 1_609_459_200_000)
            #expect(valid?.first(named: "note")?.text == "2021-01-01")
            let price = record.first(named: "prices")?.elements?.first { _ in true }?.elements
            #expect(price?.first(named: "price")?.decimal?.description == "1.50")
            #expect(price?.first(named: "x")?.double == 1.5)
            #expect(record.first(named: "days")?.elements?.first { _ in true }?.date == 1_609_459_200_000)
        }
    }

    @Test func `a wrong date inside is told with its place`() throws {
        let reasons = try prepare(#"{"operation":"I","code":"a","valid":{"from":"1/1/2021"}}"#).rejections.flatMap {
            $0
        }
        #expect(reasons.map(\.pointer.description) == ["/items/0/valid/from"])
    }
}
