import Contracts
import BSON
@testable import Ingest
import IngestTesting
import JSON
import Testing

/// Errors of a message or an item are reported with code, place and remedy.
@Suite struct DecodingTests {
    private func wholeReasons(_ body: String, companies: [String] = []) -> [Reason] {
        let message = Fixtures.prepare(Fixtures.delivery(body), companies: companies).message
        if case .unreadable(let reasons, _, _, _) = message.content { return reasons }
        return []
    }

    private func itemReasons(_ item: String, catalog: String = "catalogItem") -> [Reason] {
        let body = #"{"companyId":"c","catalog":"\#(catalog)","items":[\#(item)]}"#
        return Fixtures.prepare(Fixtures.delivery(body)).rejections.flatMap { $0 }
    }

    @Test(
        "a message that cannot be read",
        arguments: [
            ("", ReasonCode.notJson, ""), ("{", .notJson, ""), ("[1,]", .notJson, ""), ("{\"a\":1}x", .notJson, ""),
            ("\u{FEFF}{}", .notEnvelope, "/companyId"), ("[]", .notEnvelope, ""), ("\"x\"", .notEnvelope, ""),
            (#"{"catalog":"catalogBrand","items":[]}"#, .notEnvelope, "/companyId"),
            (#"{"companyId":5,"catalog":"catalogBrand","items":[]}"#, .notEnvelope, "/companyId"),
            (#"{"companyId":"","catalog":"catalogBrand","items":[]}"#, .notEnvelope, "/companyId"),
            (#"{"companyId":"c","catalog":"catalogBrand","items":{}}"#, .notEnvelope, "/items"),
            (#"{"companyId":"c","catalog":"catalogBrnd","items":[]}"#, .unknownCatalog, "/catalog"),
            (#"{"companyId":"c","catalog":"../../etc","items":[]}"#, .unknownCatalog, "/catalog"),
            (#"{"companyId":"c","companyId":"d","catalog":"catalogBrand","items":[]}"#, .duplicateField, "/companyId"),
        ])
    func whole(body: String, code: ReasonCode, pointer: String) {
        let reasons = wholeReasons(body)
        #expect(reasons.first?.code == code)
        #expect(reasons.first?.pointer.description == pointer)
        #expect(reasons.first?.text.isEmpty == false)
    }

    @Test func `every fault of an envelope is told at once`() {
        #expect(wholeReasons(#"{"items":5}"#).map(\.pointer.description) == ["/companyId", "/catalog", "/items"])
    }

    @Test func `an unknown catalog names the nearest`() {
        let text = wholeReasons(#"{"companyId":"c","catalog":"catalogBrnd","items":[]}"#).first?.text
        #expect(text?.contains("did you mean 'catalogBrand'?") == true)
    }

    @Test func `only the companies that are allowed`() {
        let body = #"{"companyId":"c","catalog":"catalogBrand","items":[]}"#
        #expect(wholeReasons(body, companies: ["c"]).isEmpty)
        #expect(wholeReasons(body, companies: ["d"]).map(\.code) == [.companyNotAllowed])
    }

    @Test func `nesting beyond what is parsed is told as such`() {
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(wholeReasons(deep).map(\.code) == [.tooDeep])
    }

    @Test(
        "an item that is rejected",
        arguments: [
            ("5", ReasonCode.schema, "/items/0"), ("null", .schema, "/items/0"),
            (#"{"code":"a","name":"n"}"#, .invalidOperation, "/items/0/operation"),
            (#"{"operation":"X","code":"a","name":"n"}"#, .invalidOperation, "/items/0/operation"),
            (#"{"operation":"i","code":"a","name":"n"}"#, .invalidOperation, "/items/0/operation"),
            (#"{"operation":"I","name":"n"}"#, .schema, "/items/0"),
            (#"{"operation":"D"}"#, .schema, "/items/0"),
            (#"{"operation":"D","code":5}"#, .schema, "/items/0/code"),
            (#"{"operation":"U","name":"n"}"#, .schema, "/items/0"),
            (#"{"operation":"U","code":null}"#, .schema, "/items/0/code"),
            (#"{"operation":"I","code":"a"}"#, .schema, "/items/0"),
            (#"{"operation":"IU","code":"a"}"#, .schema, "/items/0"),
            (#"{"operation":"I","code":"a","name":"n","price":"12,5"}"#, .schema, "/items/0/price"),
            (#"{"operation":"I","code":"a","name":"n","price":1e400}"#, .schema, "/items/0/price"),
            (#"{"operation":"I","code":"a","name":"n","other":1e400}"#, .schema, "/items/0/other"),
            (#"{"operation":"I","code":"a","name":"n","other":9223372036854775808}"#, .schema, "/items/0/other"),
            (
                #"{"operation":"I","code":"a","name":"n","other":0.1234567890123456789012345}"#, .schema,
                "/items/0/other"
            ),
            (#"{"operation":"I","code":"a","name":"n","$where":1}"#, .reservedField, "/items/0/$where"),
            (#"{"operation":"D","code":"a","$where":1}"#, .reservedField, "/items/0/$where"),
            (#"{"operation":"I","code":"a","name":"n","a.b":1}"#, .reservedField, "/items/0/a.b"),
            (#"{"operation":"I","code":"a","name":"n","":1}"#, .reservedField, "/items/0/"),
            (#"{"operation":"I","code":"a","name":"n","_id":1}"#, .reservedField, "/items/0/_id"),
            (#"{"operation":"I","code":"a","name":"n","x\u0000":1}"#, .reservedField, "/items/0/x\u{0}"),
            (
                #"{"operation":"I","code":"a","name":"n","attributes":{"b":[{"$c":1}]}}"#, .reservedField,
                "/items/0/attributes/b/0/$c"
            ),
            (#"{"operation":"I","code":"a","code":"b","name":"n"}"#, .duplicateField, "/items/0/code"),
            (
                #"{"operation":"I","code":"a","name":"n","attributes":{"b":{"c":1,"c":1}}}"#, .duplicateField,
                "/items/0/attributes/b/c"
            ),
        ])
    func item(item: String, code: ReasonCode, pointer: String) {
        let reasons = itemReasons(item)
        #expect(reasons.first?.code == code, "\(reasons)")
        #expect(reasons.first?.pointer.description == pointer)
        #expect(reasons.first?.item == 0)
    }

    @Test(
        "an item that is taken",
        arguments: [
            #"{"operation":"U","code":"a","name":null,"price":null}"#, #"{"operation":"D","code":"a","price":"x"}"#,
            #"{"operation":"I","code":"a","name":"n","price":1.0,"other":0.1,"big":9223372036854775807}"#,
            #"{"operation":"I","code":"a","name":"n","price":1234567890123456789012345678901234}"#,
            #"{"operation":"IU","code":"é|\\","name":"n","attributes":{"a":[1,{"b":null}]},"barcodes":["1"]}"#,
        ])
    func taken(item: String) {
        #expect(itemReasons(item).isEmpty)
    }

    @Test func `types in the store are those of the definition`() throws {
        let body = #"""
            {"companyId":"c","catalog":"catalogInfoFinancial","items":[{"operation":"I","code":"a|b","name":"n",
            "installments":12,"rate":1.50,"startDate":"2021-01-01","endDate":"2021-01-01T10:00:00-03:00","x":1,"y":1.5}]}
            """#
        let prepared = Fixtures.prepare(Fixtures.delivery(body))
        #expect(prepared.rejections.isEmpty)
        prepared.images.withDocument(0) { document in
            let record = BSONElements(document)
            #expect(record.first(named: "_id")?.text == #"c|a\|b"#)
            #expect(record.first(named: "companyId")?.text == "c")
            #expect(record.first(named: "operation") == nil)
            #expect(record.first(named: "installments")?.type == .int64)
            #expect(record.first(named: "rate")?.decimal?.description == "1.50")
            #expect(record.first(named: "startDate")?.date == 1_609_459_200_000)
            #expect(record.first(named: "endDate")?.date == 1_609_506_000_000)
            #expect(record.first(named: "x")?.integer == 1)
            #expect(record.first(named: "y")?.double == 1.5)
        }
    }

    @Test func `one bad item does not touch its neighbours`() {
        let body = #"""
            {"companyId":"c","catalog":"catalogBrand","items":[{"operation":"I","code":"a","name":"n"},7,
            {"operation":"I","code":"b","name":"n"}]}
            """#
        let prepared = Fixtures.prepare(Fixtures.delivery(body))
        #expect(prepared.items.map(\.isRejected) == [false, true, false])
        #expect(prepared.images.count == 2)
    }
}
