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
        case .sockets(_, let endpoint, _, let values):
            (["sockets of \(endpoint.topic)"] + values).joined(separator: " ")
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

    @Test(
        "routes go before files, and files of a longer path before others",
        arguments: [
            ("GET", [], "root "), ("GET", ["x"], "root x"), ("GET", ["tasks"], "tasks"),
            ("GET", ["tasks", "1"], "task 1"),
            ("GET", ["tasks", "1", "x"], "root tasks 1 x"), ("GET", ["app"], "app"), ("GET", ["app", ""], "app "),
            ("GET", ["app", "a", "b"], "app a b"), ("GET", ["apple"], "root apple"), ("GET", ["new"], "root new"),
            ("POST", ["new"], "new"), ("PUT", ["new"], "POST,GET"), ("POST", ["tasks"], "GET"), ("PUT", ["x"], "GET"),
        ] as [(String, [String], String)])
    func files(method: String, segments: [String], expected: String) throws {
        var all = try [("tasks", "/tasks"), ("task", "/tasks/{id}"), ("root", "/"), ("app", "/app")].map {
            ($0.0, HTTPEndpoint(method: .get, path: try PathTemplate($0.1)))
        }
        all[2].1.files = "a"
        all[3].1.files = "b"
        all.append(("new", HTTPEndpoint(method: .post, path: try PathTemplate("/new"))))
        for order in [all, all.reversed()] {
            let router = WebRouter()
            router.declare(order, sockets: [])
            let found = router.find(method, segments, on: "main")
            let sorted = { (text: String) in method == "PUT" ? String(text.sorted()) : text }
            #expect(sorted(name(found)) == sorted(expected))
        }
    }

    @Test(
        "sockets of a path go before files, and those of any other path behind them",
        arguments: [
            ("main", "GET", ["push"], "sockets of own"), ("main", "GET", ["x"], "root x"),
            ("main", "POST", ["push"], "GET"), ("main", "POST", ["x"], "GET"),
            ("other", "GET", ["x"], "sockets of any"),
        ] as [(String, String, [String], String)])
    func socketsBesideFiles(listener: String, method: String, segments: [String], expected: String) throws {
        var files = HTTPEndpoint(method: .get, path: try PathTemplate("/"))
        files.files = "a"
        let router = WebRouter()
        router.declare(
            [("root", files)],
            sockets: [
                ("any", SocketEndpoint(topic: "any")), ("any2", SocketEndpoint(topic: "any", listener: "other")),
                ("own", SocketEndpoint(topic: "own", path: try PathTemplate("/push"))),
            ])
        #expect(name(router.find(method, segments, on: listener)) == expected)
    }
}

/// Connections among the other routes of a listener.
@Suite struct SocketRoutingTests {
    @Test(
        "what is more exact goes before, and connections of any path come last",
        arguments: [
            ("GET", ["tasks"], "tasks"), ("GET", ["users", "1"], "sockets of own"), ("POST", ["users", "1"], "GET"),
            ("GET", ["users"], "sockets of any"), ("GET", [], "sockets of any"), ("POST", ["x", "y"], "GET"),
            ("POST", ["tasks"], "GET"), ("GET", ["app", "x"], "app"), ("PUT", ["app", "x"], "GET"),
        ])
    func order(method: String, segments: [String], expected: String) throws {
        var files = HTTPEndpoint(method: .get, path: try PathTemplate("/app"))
        files.files = "a"
        let requests = [("tasks", HTTPEndpoint(method: .get, path: try PathTemplate("/tasks"))), ("app", files)]
        let sockets = [
            ("any", SocketEndpoint(topic: "any")),
            ("own", SocketEndpoint(topic: "own", path: try PathTemplate("/users/{u}"))),
            ("elsewhere", SocketEndpoint(topic: "elsewhere", listener: "other")),
        ]
        for sockets in [sockets, sockets.reversed()] {
            let router = WebRouter()
            router.declare(requests, sockets: sockets)
            let found =
                switch router.find(method, segments, on: "main") {
                case .route(let route, _, _): route
                case .sockets(_, let endpoint, _, _): "sockets of \(endpoint.topic)"
                case .otherMethods(let methods, _): methods.joined(separator: ",")
                case .nothing: "-"
                case .notDeclared: "?"
                }
            #expect(found == expected)
        }
    }
}
