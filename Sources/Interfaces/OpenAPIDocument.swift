package import JSON
package import Mappings
package import Schemas

/// Describes the HTTP routes of mappings as OpenAPI 3.1.
package struct OpenAPIDocument {
    /// A listener of requests.
    package struct Listener: Sendable {
        package var name: String
        /// Nil if the settings do not say where it is.
        package var address: String?

        package init(name: String, address: String?) {
            self.name = name
            self.address = address
        }
    }

    /// Why there is no document: what to do about it.
    package struct Problem: Error {
        package let message: String
    }

    private let definitions: DefinitionSchemas
    private let listeners: [Listener]
    private var paths: [(text: String, operations: [JSONValue.Member])] = []
    private var components: [JSONValue.Member] = []
    private var tags: [String] = []
    /// Names of those who may send requests.
    private var accesses: [String] = []

    /// `table`: compiled with `catalogs`. `listeners`: those of the settings. `listener`: the only one to describe.
    /// `version`: of the gateway.
    package static func make(
        _ table: RouteTable, catalogs: Catalogs, listeners: [Listener], listener: String? = nil, version: String
    ) throws(Problem) -> JSONValue {
        let all = table.routes.compactMap { route -> (RouteMapping, HTTPEndpoint)? in
            // Files are pages, and no interface.
            guard case .http(let endpoint) = route.from, endpoint.files == nil else { return nil }
            return (route, endpoint)
        }
        var names: [String] = []
        for (_, endpoint) in all where !names.contains(endpoint.listener) { names.append(endpoint.listener) }
        if let listener, !names.contains(listener) {
            let known = names.isEmpty ? "no route takes requests" : "there is \(names.joined(separator: ", "))"
            throw Problem(message: "no route takes requests of the listener '\(listener)'; \(known)")
        }
        let wanted = all.filter { listener == nil || $0.1.listener == listener }
        var places: [(place: String, route: RouteMapping, endpoint: HTTPEndpoint)] = []
        for (route, endpoint) in wanted {
            let place = "\(endpoint.method.rawValue) \(endpoint.path.shape)"
            if let other = places.first(where: { $0.place == place }) {
                throw Problem(
                    message: "\(endpoint.method.rawValue) \(endpoint.path.text) is at two listeners,"
                        + " '\(other.endpoint.listener)' and '\(endpoint.listener)'; describe one of them: --listener"
                        + " \(other.endpoint.listener)")
            }
            places.append((place, route, endpoint))
        }
        let described = names.filter { listener == nil || $0 == listener }.map { name in
            listeners.first { $0.name == name } ?? Listener(name: name, address: nil)
        }
        var document = OpenAPIDocument(definitions: DefinitionSchemas(catalogs), listeners: described)
        for (_, route, endpoint) in places { document.add(route, endpoint) }
        return document.json(version: version)
    }

    private init(definitions: DefinitionSchemas, listeners: [Listener]) {
        self.definitions = definitions
        self.listeners = listeners
    }

    private mutating func add(_ route: RouteMapping, _ endpoint: HTTPEndpoint) {
        // Paths that differ only in the names of their parameters are one.
        let known = paths.first { PathText.shape(of: $0.text) == endpoint.path.shape }?.text
        let path = known ?? endpoint.path.text
        var operation = OpenAPIOperation(
            route: route, endpoint: endpoint, parameterNames: PathText.parameters(of: path), definitions: definitions)
        var json = operation.json()
        if listeners.count > 1 {
            json["servers"] = .list(listeners.filter { $0.name == endpoint.listener }.map { Self.server($0) })
        }
        if let access = endpoint.access, !accesses.contains(access.name) { accesses.append(access.name) }
        let tag = operation.tag
        if !tags.contains(tag) { tags.append(tag) }
        components += operation.components
        let member = JSONValue.Member(endpoint.method.rawValue.lowercased(), json)
        if let index = paths.firstIndex(where: { $0.text == path }) {
            paths[index].operations.append(member)
        } else {
            paths.append((path, [member]))
        }
    }

    private static func server(_ listener: Listener) -> JSONValue {
        guard let address = listener.address else {
            return [
                "url": "/",
                "description": .text(
                    "The listener '\(listener.name)'; http.listeners.\(listener.name).port says where."),
            ]
        }
        return ["url": .text(address), "description": .text("The listener '\(listener.name)'.")]
    }

    private func json(version: String) -> JSONValue {
        var document: JSONValue = [
            "openapi": "3.1.0",
            "info": [
                "title": "HTTP routes of the gateway",
                "description":
                    .text(
                        "Made from the routes and the definitions. What a schema leaves open the gateway may still refuse, with"
                            + " a problem that says why. Every path answers HEAD where it answers GET, and OPTIONS; another"
                            + " method is answered 405 with Allow."),
                "version": .text(version),
            ],
        ]
        if !listeners.isEmpty { document["servers"] = .list(listeners.map { Self.server($0) }) }
        if !tags.isEmpty { document["tags"] = .list(tags.map { ["name": .text($0)] }) }
        document["paths"] = .object(paths.map { .init($0.text, .object($0.operations)) })
        let schemas = OpenAPISchemas.components + components + definitions.components
        document["components"] = [
            "schemas": .object(schemas), "responses": .object(OpenAPIAnswers.components),
        ]
        if !accesses.isEmpty {
            document["components"]?["securitySchemes"] = .object(
                accesses.map { name in
                    .init(
                        name,
                        [
                            "type": "http", "scheme": "bearer",
                            "description": .text("A token of http.access.\(name)."),
                        ])
                })
        }
        return document
    }
}

/// A path as text, with its parameters.
enum PathText {
    static func parameters(of path: String) -> [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The path without the names of its parameters.
    static func shape(of path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") ? "{}" : String($0) }
            .joined(separator: "/")
    }
}

extension PathTemplate {
    fileprivate var shape: String { PathText.shape(of: text) }
}
