import JSON
import Console
import MongoStore
@testable import Operations
@testable import Service
import Testing

@Suite struct DeadLetterCriteriaTests {
    @Test func `a dash means the letters without a catalog, and no catalog all of them`() throws {
        func catalog(_ text: String?) throws -> DeadLetterQuery.Catalog? {
            try DeadLetterCriteria(catalog: text).query(now: 0, keyFields: []).catalog
        }
        #expect(try catalog("-") == DeadLetterQuery.Catalog.none)
        #expect(try catalog("catalogItem") == .named("catalogItem"))
        #expect(try catalog(nil) == nil)
    }

    @Test(arguments: [
        ["code": "shema"], ["code": "schema,"], ["code": "schema,shema"], ["before": "soon"],
        ["text": String(repeating: "x", count: 201)], ["text": "a\u{0}b"],
        ["catalogue": "x"], ["state": "shut"],
    ])
    func `what is no condition is told, with a remedy`(given: [String: String]) {
        #expect { _ = try DeadLetterListQuery(given, keyFields: []) } throws: { error in
            (error as? ConsoleProblem)?.status == 400 && (error as? ConsoleProblem)?.remedy.isEmpty == false
        }
    }

    @Test(arguments: [("schema", ["schema"]), ("schema,notFound", ["schema", "notFound"])])
    func `of several codes each is asked for`(text: String, codes: [String]) throws {
        #expect(try DeadLetterCriteria(code: text).query(now: 0, keyFields: []).codes == codes)
    }

    @Test func `a cursor comes back as it went`() throws {
        let text = "1764000000123.1764000000000.id.with.dots"
        let cursor = try DeadLetterCursor(text)
        #expect(cursor.before == 1_764_000_000_123 && cursor.place?.receivedAt == 1_764_000_000_000)
        #expect(cursor.place?.id == "id.with.dots" && cursor.text == text)
        for wrong in ["", "1", "1.2", "x.2.id"] {
            #expect(throws: ConsoleProblem.self) { _ = try DeadLetterCursor(wrong) }
        }
    }
}
