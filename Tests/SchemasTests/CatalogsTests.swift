import Documents
import Testing

@testable import Schemas

@Suite struct CatalogsTests {
    @Test func builtin() throws {
        let catalogs = try Catalogs.builtin()
        #expect(catalogs.all.count == 28)
    }
}
