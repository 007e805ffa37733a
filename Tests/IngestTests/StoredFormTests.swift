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

    @Test func `types behind references and of a tuple's elements are stored`() throws {
        let catalogs = try Fixtures.catalogs(
            with: ##"""
                {"$schema":"urn:promo-gateway:definition:1","x-catalog":"catalogOffer","x-key":["code"],"type":"object",
                "required":["code"],"$defs":{"day":{"type":"string","x-bson":"date"},
                "money":{"type":"number","x-bson":"decimal"}},
                "properties":{"code":{"type":"string","minLength":1},
                "until":{"anyOf":[{"$ref":"#/$defs/day"},{"type":"null"}]},
                "either":{"oneOf":[{"$ref":"#/$defs/day"},{"type":"integer"}]},
                "lines":{"type":"array","items":{"type":"object","properties":{"at":{"$ref":"#/$defs/day"}}}},
                "pair":{"type":"array","prefixItems":[{"type":"string"},{"$ref":"#/$defs/day"}],"items":{"type":"integer"}}}}
                """##)
        func record(_ fields: String) throws -> (images: BSONSequence, reasons: [Reason]) {
            let body = #"{"companyId":"c","catalog":"catalogOffer","items":[{"operation":"I","code":"a",\#(fields)}]}"#
            let message = MessageDecoder(limits: Limits()).decode(
                Fixtures.delivery(body), catalogs: catalogs, now: Fixtures.now)
            let prepared = ItemPreparer(limits: Limits()).prepare(message)
            return (prepared.images, prepared.rejections.flatMap { $0 })
        }
        let (images, reasons) = try record(
            #""until":"2021-01-01","either":5,"lines":[{"at":"2021-01-01"}],"pair":["1.5","2021-01-01",3,4]"#)
        #expect(reasons.isEmpty)
        images.withDocument(0) { document in
            let record = BSONElements(document)
            #expect(record.first(named: "until")?.date == 1_609_459_200_000)
            #expect(record.first(named: "either")?.integer == 5)
            let line = record.first(named: "lines")?.elements?.first { _ in true }?.elements
            #expect(line?.first(named: "at")?.date == 1_609_459_200_000)
            let pair = record.first(named: "pair")?.elements.map { Array($0) } ?? []
            #expect(pair.map(\.text) == ["1.5", nil, nil, nil] && pair[1].date == 1_609_459_200_000)
            #expect(pair[2].integer == 3 && pair[3].integer == 4)
        }
        // A number that the definition does not name, and the store cannot hold.
        let place = try record(#""free":{"a":[0,{"id":0.12345678901234567890}]}"#).reasons.map(\.pointer.description)
        #expect(place == ["/items/0/free/a/1/id"])
    }

    @Test func `a wrong date inside is told with its place`() throws {
        let reasons = try prepare(#"{"operation":"I","code":"a","valid":{"from":"1/1/2021"}}"#).rejections.flatMap {
            $0
        }
        #expect(reasons.map(\.pointer.description) == ["/items/0/valid/from"])
    }
}
