import Foundation
import Schemas
@testable import Service
import Synchronization
import Testing

@Suite struct CatalogTableTests {
    private final class Finish: Sendable {
        let isDone = Atomic(false)
    }

    @Test func `definitions that are being compiled hold up nobody who reads the table`() throws {
        let table = try CatalogTable(Catalogs.builtin())
        let before = table.current.all.count
        let finish = Finish()
        let start = ContinuousClock.now
        Thread.detachNewThread {
            let errors = table.replace(dynamicFields: (0..<1000).map { DynamicField(code: "Field\($0)") })
            #expect(errors.isEmpty)
            finish.isDone.store(true, ordering: .releasing)
        }
        var longest = Duration.zero
        var counts: Set<Int> = []
        while !finish.isDone.load(ordering: .acquiring) {
            let asked = ContinuousClock.now
            counts.insert(table.current.all.count)
            longest = max(longest, asked.duration(to: .now))
        }
        // Under one lock the longest was nearly all of it.
        #expect(longest < start.duration(to: .now) / 2)
        #expect(counts.isSubset(of: [before, before + 1000]), "all that is new comes into force at once")
        #expect(table.current.all.count == before + 1000)
    }

    @Test func `one wrong document leaves the others in force, and files keep the fields`() throws {
        let table = try CatalogTable(Catalogs.builtin())
        let bad = DefinitionFile(name: "dynamicField Bad", bytes: Array("{".utf8))
        let errors = table.replace(dynamicFields: [
            DynamicField(code: "Good"), DynamicField(code: "Bad", definition: bad), DynamicField(code: "Fine"),
        ])
        #expect(errors.map(\.file) == ["dynamicField Bad"])
        let good = table.current["catalogGood"]
        #expect(good != nil && table.current["catalogFine"] != nil && table.current["catalogBad"] == nil)
        let again = table.replace(files: try Catalogs.builtin())
        #expect(again.map(\.file) == ["dynamicField Bad"], "new files beside a wrong document do not hide it")
        #expect(table.current["catalogGood"] === good, "nothing changed, so nothing is compiled again")
    }
}
