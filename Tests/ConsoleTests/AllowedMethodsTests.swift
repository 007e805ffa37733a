import HTTPTypes
import Hummingbird
import Testing

@testable import Console

@Suite struct AllowedMethodsTests {
    private static var methods: AllowedMethods {
        let router = Router(context: ConsoleContext.self)
        router.get("/api/things") { _, _ in Reply.json("[]") }
        router.get("/api/things/{id}") { _, _ in Reply.json("{}") }
        router.post("/api/things/{id}/edit") { _, _ in Reply.json("{}") }
        router.delete("/api/things/{id}") { _, _ in Reply.json("{}") }
        router.get("/") { _, _ in Reply.json("{}") }
        return AllowedMethods(router)
    }

    @Test(arguments: [
        ("/api/things", ["GET", "HEAD"]), ("/api/things/7", ["DELETE", "GET", "HEAD"]),
        ("/api/things/7/edit", ["POST"]),
        ("/", ["GET", "HEAD"]), ("/api/thing", []), ("/api/things/7/edit/8", []), ("/api", []),
    ])
    func `an address knows the methods that it takes`(path: String, methods: [String]) {
        #expect(Self.methods.methods(at: path).map(\.rawValue) == methods)
    }
}
