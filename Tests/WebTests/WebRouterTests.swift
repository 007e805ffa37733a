import Contracts
import Mappings
import Testing

@testable import Web

@Suite struct WebRouterTests {
    private func router(_ all: [(String, HTTPEndpoint.Method, String)]) throws -> WebRouter {
        let router = WebRouter()
        router.declare(
            try all.map { ($0.0, HTTPEndpoint(method: $0.1, path: try PathTemplate($0.2))) }, sockets: [])
        return router
    }

    private func name(_ found: WebRouter.Found) -> String {
        switch found {
        case .route(let route, _, let values): ([route] + values).joined(separator: " ")
        case .sockets(let endpoint, _, let values): (["sockets of \(endpoint.topic)"] + values).joined(separator: " ")
        case .otherMethods(let methods, _): methods.joined(separator: ",")
        case .nothing: "-"
        case .notDeclared: "?"
        }
    }

    @Test func `before the routes are known, nothing is said to be missing`() {
        #expect(name(WebRouter().find("GET", ["a"], on: "main")) == "?")
    }

    @Test(
        "a literal goes before a parameter, whatever comes first",
        arguments: [
            ("POST", ["a", "b"], "literal"), ("POST", ["a", "c"], "last c"), ("POST", ["x", "b"], "first x"),
            ("PATCH", ["a", "b"], "POST"), ("POST", ["a"], "-"), ("POST", ["a", ""], "-"), ("POST", [], "root"),
        ] as [(String, [String], String)])
    func literal(method: String, segments: [String], expected: String) throws {
        let all: [(String, HTTPEndpoint.Method, String)] = [
            ("first", .post, "/{p}/b"), ("last", .post, "/a/{q}"), ("literal", .post, "/a/b"), ("root", .post, "/"),
        ]
        for order in [all, all.reversed()] {
            #expect(name(try router(order).find(method, segments, on: "main")) == expected)
        }
        #expect(name(try router(all).find(method, segments, on: "other")) == "-")
    }
}
